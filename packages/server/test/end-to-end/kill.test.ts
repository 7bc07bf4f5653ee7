import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultContext, type StoredReading } from '@louver/core';
import { seededRandom } from '@louver/device-esp32';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
import { LedgerPublisher } from '../support/ledger-publisher.js';
import { startLouver, type LouverProcess } from '../support/louver-process.js';

const KILLS = 20;
/** Printed with every run, so that a failure can be run again. */
const SEED = Number(process.env['LOUVER_SEED'] ?? Date.now() % 1_000_000);

test(`${KILLS} × kill -9 under load: every acknowledged reading is in its table (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const folder = await mkdtemp(join(tmpdir(), 'louver-kill-'));
  const publisher = new LedgerPublisher('dev-1');
  // No model: the readings alone; control is looked at elsewhere.
  const args = ['--no-model', '--log-level', 'warn'];
  const unstoredAtKill: number[] = [];
  let kills = 0;
  let louver: LouverProcess | undefined;
  try {
    // A kill at which storage had everything that was acknowledged proves nothing and does not count.
    while (unstoredAtKill.filter((count) => count > 0).length < KILLS) {
      expect(++kills, 'kills of which too few found anything unstored').toBeLessThanOrEqual(3 * KILLS);
      louver = await startLouver(folder, args);
      await publisher.start(louver.mqttUrl);
      // Mostly early, at times after a second or two: before, between and in the middle of inserts.
      const killAt = publisher.acknowledged.length + 50 + Math.floor(random() ** 2 * 10_000);
      await publisher.acknowledgedAtLeast(killAt);
      await louver.kill('SIGKILL');
      await publisher.stop();
      const stored = new Set((await storedReadings(folder)).map(({ value }) => value));
      unstoredAtKill.push(publisher.acknowledged.filter(({ value }) => !stored.has(value)).length);
    }
    louver = await startLouver(folder, args);
    const fresh = await publisher.publishOne(louver.mqttUrl);
    await louver.kill('SIGTERM');

    const stored = await storedReadings(folder);
    const values = new Set(stored.map(({ value }) => value));
    const missing = publisher.acknowledged.filter(({ value }) => !values.has(value));
    const sent = new Set(Array.from({ length: publisher.sent }, (_, i) => (i + 1) / 1000));
    const foreign = stored.filter(({ value }) => !sent.has(value));
    console.log(
      `kill -9: seed ${SEED}, ${kills} kills, ${publisher.acknowledged.length} acknowledged, ${missing.length} missing, ` +
        `${stored.length - values.size} doubled, ${foreign.length} foreign; unstored at each kill: ${unstoredAtKill.join(' ')}`,
    );
    expect(missing).toEqual([]);
    expect(stored).toHaveLength(values.size);
    expect(foreign).toEqual([]);
    expect(values).toContain(fresh.value);
  } finally {
    await publisher.stop();
    await louver?.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
}, 400_000);

/** Straight from the database, while no server has it. */
async function storedReadings(dataDirectory: string): Promise<readonly StoredReading[]> {
  const storage = embeddedClickhouse({ path: join(dataDirectory, 'clickhouse') });
  await storage.open(defaultContext());
  const readings = await storage.reader!.readings('temperature', { deviceId: 'dev-1', limit: 1_000_000 });
  await storage.close();
  return readings;
}
