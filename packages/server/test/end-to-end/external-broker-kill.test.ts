import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { seededRandom } from '@louver/device-esp32';
import { latestTemperature, ready, tellWhatIsStored } from '../support/api.js';
import { MOSQUITTO_DOORS } from '../support/doors.js';
import { checkLedger, storedReadings } from '../support/ledger-check.js';
import { LedgerPublisher } from '../support/ledger-publisher.js';
import { startLouver, type LouverProcess } from '../support/louver-process.js';

/** Through the embedded broker: promises/r02-kill.test.ts. */
const KILLS = 6;
/** Printed with every run, so that a failure can be run again. */
const SEED = Number(process.env['LOUVER_SEED'] ?? Date.now() % 1_000_000);
const DEVICE = 'dev-1';

describe.each(MOSQUITTO_DOORS.map((door) => [door.name, door] as const))(
  'through %s',
  (name, { skip, keeps, open }) => {
    test.skipIf(skip)(
      `${KILLS} × kill -9 under load: every acknowledged reading is in its table (seed ${SEED})`,
      async () => {
        const random = seededRandom(SEED);
        const folder = await mkdtemp(join(tmpdir(), 'louver-kill-'));
        const data = join(folder, 'data');
        await mkdir(data);
        const door = await open(folder);
        const publisher = new LedgerPublisher(DEVICE, keeps);
        // No model: the readings alone; control is looked at elsewhere.
        const args = [...door.args, '--no-model', '--log-level', 'warn'];
        const unstoredAtKill: number[] = [];
        let kills = 0;
        let louver: LouverProcess | undefined;
        try {
          // A kill at which storage had everything that was acknowledged proves nothing and does not count.
          while (unstoredAtKill.filter((count) => count > 0).length < KILLS) {
            expect(++kills, 'kills of which too few found anything unstored').toBeLessThanOrEqual(3 * KILLS);
            louver = await startLouver(data, args);
            // A broker keeps messages for those whom it knows.
            if (kills === 1) await ready(louver.httpUrl);
            await publisher.start(louver.mqttUrl);
            const following = tellWhatIsStored(louver.httpUrl, DEVICE, publisher);
            // Mostly early, at times after a second or two: before, between and in the middle of inserts.
            const most = Math.min(10_000, 5 * keeps);
            await publisher.acknowledgedAtLeast(publisher.acknowledged.length + 50 + Math.floor(random() ** 2 * most));
            await louver.kill('SIGKILL');
            const acknowledgedAtKill = publisher.acknowledged.slice();
            await following;
            // An external broker goes on acknowledging meanwhile.
            if (door.broker !== undefined) {
              await publisher.acknowledgedOrFull(publisher.acknowledged.length + Math.floor(random() * 1_000));
            }
            await publisher.stop();
            const stored = new Set((await storedReadings(data, DEVICE)).map(({ value }) => value));
            unstoredAtKill.push(acknowledgedAtKill.filter(({ value }) => !stored.has(value)).length);
          }
          louver = await startLouver(data, args);
          const fresh = await publisher.publishOne(louver.mqttUrl);
          const { httpUrl } = louver;
          // Behind all the others in the session.
          await vi.waitUntil(async () => (await latestTemperature(httpUrl, DEVICE)) === fresh.value, {
            timeout: 60_000,
          });
          await louver.kill('SIGTERM');

          const ledger = checkLedger(publisher, await storedReadings(data, DEVICE));
          console.log(
            `kill -9 through ${name}: seed ${SEED}, ${kills} kills, ${ledger.summary}; ` +
              `unstored at each kill: ${unstoredAtKill.join(' ')}`,
          );
          // Else it has lost them, and not the server.
          expect(door.broker?.log() ?? '').not.toContain('dropped');
          expect(ledger).toMatchObject({ missing: [], doubled: 0, foreign: [] });
        } finally {
          await publisher.stop();
          await louver?.kill('SIGKILL');
          await door.close();
          await rm(folder, { recursive: true });
        }
      },
      400_000,
    );
  },
);
