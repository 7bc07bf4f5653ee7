import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passes } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { latestTemperature, ready, readiness, tellWhatIsStored } from '../packages/server/test/support/api.js';
import { checkLedger, storedReadings } from '../packages/server/test/support/ledger-check.js';
import { LedgerPublisher } from '../packages/server/test/support/ledger-publisher.js';
import { startLouver, type LouverProcess } from '../packages/server/test/support/louver-process.js';
import {
  MOSQUITTO_CONFIGS,
  skipWithoutMosquitto,
  startMosquitto,
  withMosquitto,
  type MosquittoProcess,
} from '../packages/server/test/support/mosquitto.js';
import { report } from './support/report.js';
import { FRESH_WITHIN_MS } from './support/server.js';
import { tiered } from './support/tier.js';

const DEVICE = 'dev-1';
const AWAY_MS = tiered(10_000, 30_000);

interface Rig {
  readonly folder: string;
  readonly data: string;
  readonly broker: MosquittoProcess;
  readonly louver: LouverProcess;
  readonly publisher: LedgerPublisher;
  /** Readings come, the fault begins, it ends; resolves to the milliseconds from its end until a fresh reading is stored. */
  through(begin: () => unknown, end: () => unknown): Promise<number>;
}

/** A broker, a server that has subscribed there, and a device that publishes; all of them end with `use`. */
async function withRig(config: keyof typeof MOSQUITTO_CONFIGS, use: (rig: Rig) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'louver-r05-'));
  const data = join(folder, 'data');
  await mkdir(data);
  const publisher = new LedgerPublisher(DEVICE, 500);
  let broker: MosquittoProcess | undefined;
  let louver: LouverProcess | undefined;
  try {
    const started = (broker = await startMosquitto({ folder, config: MOSQUITTO_CONFIGS[config](folder) }));
    const { httpUrl } = (louver = await startLouver(data, ['--mqtt-url', started.url, '--no-model']));
    await ready(httpUrl);
    void tellWhatIsStored(httpUrl, DEVICE, publisher);
    const through: Rig['through'] = async (begin, end) => {
      await publisher.start(started.url);
      await publisher.acknowledgedAtLeast(publisher.acknowledged.length + 1_000);
      await begin();
      await publisher.stop();
      await end();
      const endedMs = Date.now();
      const fresh = await publisher.publishOne(started.url);
      const isStored = async (): Promise<boolean> => (await latestTemperature(httpUrl, DEVICE)) === fresh.value;
      // Longer than is allowed, so that what it took is said.
      await vi.waitUntil(isStored, { timeout: FRESH_WITHIN_MS + 20_000, interval: 10 });
      return Date.now() - endedMs;
    };
    await use({ folder, data, broker, louver, publisher, through });
  } finally {
    await publisher.stop();
    await louver?.kill('SIGKILL');
    await broker?.stop('SIGKILL');
    await rm(folder, { recursive: true });
  }
}

// Side by side: one of them waits half a minute for a broker that is away.
describe.skipIf(skipWithoutMosquitto)(`R5: ${withMosquitto}: the broker fails under load`, { concurrent: true }, () => {
  test(
    'tuned: TERM, KILL, a hang and an absence are survived',
    () =>
      withRig('tuned', async ({ folder, data, broker, louver, publisher, through }) => {
        const { httpUrl } = louver;
        const afterTerm = await through(
          () => broker.stop('SIGTERM'),
          () => broker.start(),
        );
        let killedMs = 0;
        let savedMs = 0;
        const afterKill = await through(
          async () => {
            await broker.stop('SIGKILL');
            killedMs = Date.now();
            savedMs = (await stat(join(folder, 'mosquitto.db'))).mtimeMs;
          },
          () => broker.start(),
        );
        const afterHang = await through(
          () => broker.pause(),
          async () => {
            await passes(3_000);
            expect((await fetch(`${httpUrl}/healthz`)).status).toBe(200);
            broker.resume();
          },
        );
        const afterAbsence = await through(
          () => broker.stop('SIGTERM'),
          async () => {
            const endsMs = Date.now() + AWAY_MS;
            await vi.waitUntil(async () => (await readiness(httpUrl)).includes('ECONNREFUSED'), { timeout: 10_000 });
            expect(await readiness(httpUrl)).toContain(`transport: ${broker.url}: connection refused`);
            expect((await fetch(`${httpUrl}/readyz`)).status).toBe(503);
            await passes(endsMs - Date.now());
            expect((await fetch(`${httpUrl}/api/devices/${DEVICE}/data?sensor=temperature`)).status).toBe(200);
            await broker.start();
          },
        );
        const complaints = louver.output().match(/mqtt not connected/g) ?? [];
        expect(await louver.kill('SIGTERM')).toBe(0);

        const ledger = checkLedger(publisher, await storedReadings(data, DEVICE));
        // What was acknowledged after the last save before the KILL mosquitto has lost itself; a save takes milliseconds.
        const kept = ledger.missing.filter(({ timestamp }) => {
          const at = Date.parse(timestamp);
          return at < savedMs - 1_000 || at > killedMs;
        });
        report(
          'R5',
          `mosquitto, tuned: ${ledger.summary} (${ledger.missing.length - kept.length} lost by mosquitto, killed before it saved); a fresh reading stored after TERM ${afterTerm} ms, KILL ${afterKill} ms, ` +
            `a hang of 3 s ${afterHang} ms, ${AWAY_MS / 1000} s away ${afterAbsence} ms; ${complaints.length} lines in the log`,
        );
        expect(kept).toEqual([]);
        expect(ledger).toMatchObject({ doubled: 0, foreign: [] });
        expect(Math.max(afterTerm, afterKill, afterHang, afterAbsence)).toBeLessThan(FRESH_WITHIN_MS);
        // Closed and refused, three times; not one for each attempt.
        expect(complaints.length).toBeLessThanOrEqual(8);
      }),
    150_000,
  );

  test(
    'default configuration, which persists nothing: after TERM and KILL the subscriptions are made again',
    () =>
      withRig('default configuration', async ({ data, broker, louver, publisher, through }) => {
        const { httpUrl } = louver;
        const stoppedBy = (signal: 'SIGTERM' | 'SIGKILL'): Promise<number> =>
          through(
            async () => {
              // What the server has not taken over dies with such a broker: so nothing is left with it.
              await publisher.stop();
              const last = await publisher.publishOne(broker.url);
              await vi.waitUntil(async () => (await latestTemperature(httpUrl, DEVICE)) === last.value, {
                timeout: FRESH_WITHIN_MS + 20_000,
              });
              await broker.stop(signal);
              await vi.waitUntil(async () => (await readiness(httpUrl)) !== '');
            },
            async () => {
              await broker.start();
              // Until then it acknowledges what nobody is going to get.
              await ready(httpUrl);
            },
          );
        const afterTerm = await stoppedBy('SIGTERM');
        const afterKill = await stoppedBy('SIGKILL');
        expect(await louver.kill('SIGTERM')).toBe(0);
        const ledger = checkLedger(publisher, await storedReadings(data, DEVICE));
        report(
          'R5',
          `mosquitto, default: ${ledger.summary}; a fresh reading stored after TERM ${afterTerm} ms, KILL ${afterKill} ms`,
        );
        expect(ledger).toMatchObject({ missing: [], doubled: 0, foreign: [] });
        expect(Math.max(afterTerm, afterKill)).toBeLessThan(FRESH_WITHIN_MS);
      }),
    120_000,
  );
});
