import { appendFileSync } from 'node:fs';
import { SEED, TIER } from './tier.js';

/** The one line of a promise. */
export function report(promise: string, numbers: string): void {
  console.log(`${promise} tier ${TIER} seed ${SEED}: ${numbers}`);
  // For the table of `npm run soak`.
  const file = process.env['LOUVER_SOAK_REPORT'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ promise, numbers })}\n`);
}

/** How far a long run is; nothing in tier C. At most one line in 30 s. */
export function progress(promise: string): (text: () => string) => void {
  let nextMs = performance.now() + 30_000;
  return (text) => {
    if (TIER === 'C' || performance.now() < nextMs) return;
    nextMs = performance.now() + 30_000;
    process.stdout.write(`${promise} … ${text()}\n`);
  };
}
