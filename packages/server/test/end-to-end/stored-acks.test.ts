import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { seededRandom } from '@louver/device-esp32';
import { CountingDevice } from '../support/counting-device.js';
import { DOORS } from '../support/doors.js';
import { storedReadings } from '../support/ledger-check.js';
import { startLouver, type LouverProcess } from '../support/louver-process.js';

const ROUNDS = 5;
/** Printed with every run, so that a failure can be run again. */
const SEED = Number(process.env['LOUVER_SEED'] ?? Date.now() % 1_000_000);
const DEVICE = 'dev-1';
const PATIENCE = { timeout: 30_000, interval: 10 };

// The embedded broker, and mosquitto as Debian sets it up: killed, it has lost all that it had acknowledged.
describe.each(DOORS.slice(0, 2).map((door) => [door.name, door] as const))('through %s', (name, { skip, open }) => {
  test.skipIf(skip)(
    `a device that forgets only what it is told to: none missing, none doubled in ${ROUNDS} kills (seed ${SEED})`,
    async () => {
      const random = seededRandom(SEED);
      const folder = await mkdtemp(join(tmpdir(), 'louver-acks-'));
      const data = join(folder, 'data');
      await mkdir(data);
      const door = await open(folder);
      const args = [...door.args, '--no-model', '--log-level', 'warn'];
      const device = new CountingDevice(DEVICE);
      let louver: LouverProcess | undefined;
      const startServer = async (): Promise<void> => {
        louver = await startLouver(data, args);
        device.use(louver.mqttUrl);
      };
      const measuresMore = (count: number): Promise<unknown> => {
        const enough = device.measured + count;
        return vi.waitUntil(() => device.measured >= enough, PATIENCE);
      };
      try {
        await startServer();
        device.start();
        for (let round = 1; round <= ROUNDS; round++) {
          const heard = device.acknowledgements;
          await vi.waitUntil(() => device.acknowledgements > heard, PATIENCE);
          await measuresMore(50 + Math.floor(random() * 300));
          // The server, its broker, or the server and then, with all that waits in it, the broker.
          const victims = door.broker === undefined ? 1 : round % 3;
          if (victims !== 2) await louver!.kill('SIGKILL');
          if (victims === 0) await measuresMore(200);
          if (door.broker !== undefined && victims !== 1) {
            await door.broker.stop('SIGKILL');
            await door.broker.start();
          }
          if (round === 2) await device.reboot();
          if (victims !== 2) await startServer();
        }
        device.stopMeasuring();
        await vi.waitUntil(() => device.held === 0, PATIENCE);
        await louver!.kill('SIGTERM');

        const stored = (await storedReadings(data, DEVICE)).map(({ value }) => Math.round(value * 1000));
        const values = new Set(stored);
        const missing = Array.from({ length: device.measured }, (_, i) => i + 1).filter((value) => !values.has(value));
        const doubled = stored.length - values.size;
        console.log(
          `what a device may forget, through ${name}: seed ${SEED}, ${ROUNDS} kills, ${device.measured} readings, ` +
            `${device.acknowledgements} acknowledgements, ${device.repeated} sent again though the broker had taken them, ` +
            `${missing.length} missing, ${doubled} doubled`,
        );
        expect({ missing, doubled, stored: values.size }).toEqual({ missing: [], doubled: 0, stored: device.measured });
        // Else the broker has lost nothing, and nothing was shown.
        if (door.broker !== undefined) expect(device.repeated).toBeGreaterThan(0);
      } finally {
        await device.stop();
        await louver?.kill('SIGKILL');
        await door.close();
        await rm(folder, { recursive: true });
      }
    },
    120_000,
  );
});
