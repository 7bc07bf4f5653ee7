import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connectAsync } from 'mqtt';
import { expect } from 'vitest';
import { latestTemperature } from '../../packages/server/test/support/api.js';
import { tiered } from './tier.js';

/** Promised are 2 s after the end of a fault; within `npm test` ten times as much, because the machine may be busy. */
export const FRESH_WITHIN_MS = tiered(20_000, 2_000);

let fresh = 0;

/** Publishes a reading of now; resolves to the milliseconds from `sinceMs` (of `performance.now`) until the API has it. */
export async function freshReadingStored(
  { mqttUrl, httpUrl }: { readonly mqttUrl: string; readonly httpUrl: string },
  sinceMs = performance.now(),
): Promise<number> {
  const client = await connectAsync(mqttUrl);
  const value = ++fresh / 1000;
  const reading = { value, timestamp: new Date().toISOString() };
  await client.publishAsync('sensor/fresh/temperature', JSON.stringify(reading), { qos: 1 });
  await client.endAsync();
  // Longer than is allowed, so that what it took is said.
  const isStored = async (): Promise<number | undefined> => latestTemperature(httpUrl, 'fresh').catch(() => undefined);
  await expect.poll(isStored, { timeout: FRESH_WITHIN_MS + 20_000, interval: 5 }).toBe(value);
  return Math.round(performance.now() - sinceMs);
}

/** Memory that a process has in use now, in MB. */
export function rssMb(pid: number): number {
  const status = `/proc/${pid}/status`;
  const kb = existsSync(status)
    ? /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))![1]
    : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Number(kb) / 1024;
}

export interface MemorySample {
  readonly atMs: number;
  readonly mb: number;
}

/** Growth in MB a minute over the last 80 % of the samples: the slope of the straight line nearest to them. */
export function growthPerMinute(samples: readonly MemorySample[]): number {
  const late = samples.slice(Math.floor(samples.length / 5));
  const meanX = late.reduce((sum, { atMs }) => sum + atMs, 0) / late.length;
  const meanY = late.reduce((sum, { mb }) => sum + mb, 0) / late.length;
  let above = 0;
  let below = 0;
  for (const { atMs, mb } of late) {
    above += (atMs - meanX) * (mb - meanY);
    below += (atMs - meanX) ** 2;
  }
  return (above / below) * 60_000;
}
