/** C: within `npm test`. N: `npm run soak`. */
export const TIER: 'C' | 'N' = process.env['LOUVER_TIER'] === 'N' ? 'N' : 'C';

/** Printed with every run that draws by lot, so that a failure can be run again: `LOUVER_SEED=… npm run soak -- --only R2`. */
export const SEED = Number(process.env['LOUVER_SEED'] ?? Date.now() % 1_000_000);

/** How much of something belongs to the tier that runs: 20 kills or 200. */
export function tiered<T>(inCi: T, onDemand: T): T {
  return TIER === 'N' ? onDemand : inCi;
}
