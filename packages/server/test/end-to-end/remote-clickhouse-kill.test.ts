import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { StoredReading } from '@louver/core';
import { seededRandom } from '@louver/device-esp32';
import { removeBundles } from '../support/bundled-process.js';
import { startClickhouseFront, type ClickhouseFront } from '../support/clickhouse-front.js';
import { checkLedger } from '../support/ledger-check.js';
import { LedgerPublisher } from '../support/ledger-publisher.js';
import { startLouver, type LouverProcess } from '../support/louver-process.js';

const KILLS = 6;
/** Printed with every run, so that a failure can be run again. */
const SEED = Number(process.env['LOUVER_SEED'] ?? Date.now() % 1_000_000);
const DEVICE = 'dev-1';
/** A database that is late with half of the inserts, breaks off, refuses, or forgets to answer. */
const SHARE = 0.5;

test(`${KILLS} × kill -9 under load with a moody ClickHouse elsewhere: every acknowledged reading is in its table once (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const folder = await mkdtemp(join(tmpdir(), 'louver-remote-kill-'));
  const front = await startClickhouseFront({ path: join(folder, 'clickhouse') });
  const publisher = new LedgerPublisher(DEVICE);
  const unstoredAtKill: number[] = [];
  let kills = 0;
  let louver: LouverProcess | undefined;
  const start = (): Promise<LouverProcess> =>
    startLouver(join(folder, 'data'), ['--clickhouse-url', front.url, '--no-model', '--log-level', 'warn']);
  try {
    await front.misbehave({ kind: 'moody', share: SHARE, seed: SEED });
    // A kill at which storage had everything that was acknowledged proves nothing and does not count.
    while (unstoredAtKill.filter((count) => count > 0).length < KILLS) {
      expect(++kills, 'kills of which too few found anything unstored').toBeLessThanOrEqual(3 * KILLS);
      louver = await start();
      await publisher.start(louver.mqttUrl);
      // Mostly early, at times after a second or two: before, between and in the middle of inserts.
      await publisher.acknowledgedAtLeast(publisher.acknowledged.length + 50 + Math.floor(random() ** 2 * 10_000));
      await louver.kill('SIGKILL');
      await publisher.stop();
      const stored = new Set((await storedReadings(front)).map(({ value }) => value));
      unstoredAtKill.push(publisher.acknowledged.filter(({ value }) => !stored.has(value)).length);
    }
    await front.misbehave({ kind: 'none' });
    louver = await start();
    const fresh = await publisher.publishOne(louver.mqttUrl);
    const isStored = async (): Promise<boolean> =>
      (await storedReadings(front)).some(({ value }) => value === fresh.value);
    await vi.waitUntil(isStored, { timeout: 60_000, interval: 100 });
    expect(await louver.kill('SIGTERM')).toBe(0);

    const ledger = checkLedger(publisher, await storedReadings(front));
    console.log(
      `kill -9 with ClickHouse elsewhere: seed ${SEED}, ${kills} kills, ${ledger.summary}; ` +
        `unstored at each kill: ${unstoredAtKill.join(' ')}`,
    );
    expect(ledger).toMatchObject({ missing: [], doubled: 0, foreign: [] });
  } finally {
    await publisher.stop();
    await louver?.kill('SIGKILL');
    await front.close();
    await removeBundles();
    await rm(folder, { recursive: true, force: true });
  }
}, 400_000);

/** Past the server, also while it is away. */
async function storedReadings(front: ClickhouseFront): Promise<readonly StoredReading[]> {
  const sql = `SELECT value FROM iot.sensor_temperature WHERE device_id = '${DEVICE}'`;
  // There is no table before the first server has made it.
  const rows = await front.sql<{ readonly value: number }>(sql).catch(() => []);
  return rows.map(({ value }) => ({ value, timestampMs: 0, timeSource: 'device' }));
}
