import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContext, type StorageReader } from '@louver/core';
import { esp32Topics, seededRandom } from '@louver/device-esp32';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
import { connectAsync, type MqttClient } from 'mqtt';
import { describe, expect, test, vi } from 'vitest';
import { ready } from '../support/api.js';
import { DOORS } from '../support/doors.js';
import { startLouver, type LouverProcess } from '../support/louver-process.js';
import { SensorSim, skipWithoutCompiler, withCompiler } from '../support/sensor-sim.js';

const ID = 'window-1';
const PATIENCE = { timeout: 30_000, interval: 10 };
const SEED = Number(process.env['LOUVER_SEED'] ?? Date.now() % 1_000_000);
const topics = esp32Topics();

interface Place {
  readonly folder: string;
  readonly louver: LouverProcess;
  /** Somebody else at the same broker. */
  readonly peer: MqttClient;
  /** What the device has published, by topic. */
  readonly said: ReadonlyMap<string, readonly string[]>;
  start(...args: readonly string[]): SensorSim;
  /** Ends the server and reads what it has stored. */
  stored<T>(read: (reader: StorageReader) => Promise<T>): Promise<T>;
}

async function withPlace(door: (typeof DOORS)[number], use: (place: Place) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'louver-firmware-'));
  const data = join(folder, 'data');
  await mkdir(data);
  const { args, close } = await door.open(folder);
  const sims: SensorSim[] = [];
  let louver: LouverProcess | undefined;
  let peer: MqttClient | undefined;
  try {
    louver = await startLouver(data, [...args, '--no-model', '--log-level', 'warn']);
    await ready(louver.httpUrl);
    peer = await connectAsync(louver.mqttUrl);
    const said = new Map<string, string[]>();
    peer.on('message', (topic, payload) => {
      said.set(topic, [...(said.get(topic) ?? []), payload.toString()]);
    });
    await peer.subscribeAsync([`sensor/${ID}/+`, `window/${ID}/state`, `sensor/${ID}/config/reported`], { qos: 1 });
    const { mqttUrl } = louver;
    await use({
      folder,
      louver,
      peer,
      said,
      start(...more) {
        const sim = new SensorSim({ id: ID, mqttUrl, folder: join(folder, 'device'), args: more });
        sims.push(sim);
        return sim;
      },
      async stored(read) {
        expect(await louver!.kill('SIGTERM')).toBe(0);
        const storage = embeddedClickhouse({ path: join(data, 'clickhouse') });
        await storage.open(defaultContext());
        return read(storage.reader!).finally(() => storage.close());
      },
    });
  } finally {
    for (const sim of sims) await sim.end('SIGKILL');
    await peer?.endAsync(true);
    await louver?.kill('SIGKILL');
    await close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Rows of its temperatures, in hundredths of a degree, oldest first. */
async function temperatures(reader: StorageReader): Promise<{ value: number; timestampMs: number }[]> {
  const rows = await reader.readings('temperature', { deviceId: ID, limit: 100_000 });
  return rows
    .map(({ value, timestampMs }) => ({ value: Math.round(value * 100), timestampMs }))
    .sort((a, b) => a.timestampMs - b.timestampMs);
}

/** Of each of its temperatures, which boot measured it, and hundredths of a degree. */
async function bootsAndValues(reader: StorageReader): Promise<string[]> {
  const found: string[] = [];
  for await (const rows of reader.rows('sensor_temperature', { deviceId: ID })) {
    for (const { message_id: id, value } of rows) found.push(`${id.split(':').at(-2)} ${Math.round(value * 100)}`);
  }
  return found;
}

function statusesOf(place: Place): string {
  return (place.said.get(topics.status(ID)) ?? []).join(' ');
}

// The embedded broker, and mosquitto as Debian sets it up.
describe.skipIf(skipWithoutCompiler).each(DOORS.slice(0, 2).map((door) => [door.name, door] as const))(
  `the firmware on this computer${withCompiler}, through %s`,
  (_name, door) => {
    test.skipIf(door.skip)('one hour offline: every reading once, with its own time', () =>
      withPlace(door, async (place) => {
        // Its clock is an hour behind, and some minutes: the hour takes three seconds here.
        const sim = place.start('--sntp', '-3900', '--interval', '30');
        await sim.until('all-stored');
        await sim.tell('offline');
        await sim.tell('speed 1200');
        await vi.waitUntil(() => sim.count('measured') >= 121, PATIENCE);
        // So that it does not wait a minute of ours for its next try.
        await sim.tell('speed 20');
        await sim.tell('online');
        await sim.until('connected', 1);
        await vi.waitUntil(() => sim.holdsNothing, PATIENCE);
        await sim.end('stop');
        const rows = await place.stored(temperatures);
        const measured = sim.events.filter(({ event }) => event === 'measured');
        expect(rows.map(({ value }) => value)).toEqual(measured.map((_, i) => 2000 + i));
        for (const [i, { timestampMs }] of rows.entries()) {
          // It says so a moment later, which is seconds at that speed; measurements are 30 s apart.
          const later = measured[i]!.utc! - timestampMs;
          expect(later).toBeGreaterThanOrEqual(0);
          expect(later).toBeLessThan(15_000);
        }
        const span = rows.at(-1)!.timestampMs - rows[0]!.timestampMs;
        expect(span).toBeGreaterThanOrEqual(3_600_000);
      }),
    );

    test.skipIf(door.skip)('85 kB of sound, cut off and stalled in its middle: one recording, whole', () =>
      withPlace(door, async (place) => {
        const sim = place.start('--sntp', '0', '--interval', '3600', '--audio-interval', '3600');
        await sim.until('all-stored');
        // Three connections end on the way, and one hangs without an end.
        await sim.tell('cut 20000 cut 60000 stall 40000 cut 84000');
        await sim.tell('speed 20');
        const command = JSON.stringify({ command: 'record_now' });
        await place.peer.publishAsync(`devices/${ID}/commands`, command, { qos: 1 });
        await sim.until('disconnected', 3);
        await vi.waitUntil(() => sim.holdsNothing, PATIENCE);
        await sim.end('stop');
        const recordings = await place.stored((reader) => reader.recordings({ deviceId: ID, limit: 10 }));
        expect(recordings).toMatchObject([{ sampleRateHz: 16_000, durationS: 2, format: 'wav' }]);
        const sent = place.said.get(topics.audio(ID))!.map((payload) => payload.length);
        expect(sent.length).toBeGreaterThanOrEqual(1);
        expect(new Set(sent).size).toBe(1);
        expect(sent[0]).toBeGreaterThan(85_000);
      }),
    );

    test.skipIf(door.skip)(
      'its session outlives it, its will is seen, and the window goes where it was told meanwhile',
      () =>
        withPlace(door, async (place) => {
          const args = ['--sntp', '0', '--interval', '3600', '--slew', '100', '--speed', '10'];
          const first = place.start(...args);
          await first.until('all-stored');
          await vi.waitUntil(() => statusesOf(place).endsWith('online'), PATIENCE);
          await first.end('SIGKILL');
          await vi.waitUntil(() => statusesOf(place).endsWith('offline'), PATIENCE);
          const control = { device_id: ID, timestamp: new Date().toISOString(), position: 60, command_id: 'meanwhile' };
          await place.peer.publishAsync(topics.windowControl(ID), JSON.stringify(control), { qos: 1 });
          const second = place.start(...args);
          await second.until('arrived');
          expect(second.last('arrived')!.position).toBe(60);
          const state = topics.windowState(ID);
          await vi.waitUntil(() => place.said.get(state)?.at(-1)?.includes('"done"'), PATIENCE);
          expect(JSON.parse(place.said.get(state)!.at(-1)!)).toMatchObject({
            position: 60,
            target: 60,
            command_id: 'meanwhile',
          });
          await vi.waitUntil(() => statusesOf(place).endsWith('online'), PATIENCE);
        }),
    );

    test.skipIf(door.skip)(
      'what the server has to say: the time, a configuration, orders, and where people want the window',
      () =>
        withPlace(door, async (place) => {
          const { httpUrl } = place.louver;
          const device = `${httpUrl}/api/devices/${ID}`;
          const ask = (method: string, path: string, body: object): Promise<Response> =>
            fetch(device + path, {
              method,
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(body),
            });
          const sim = place.start('--interval', '3600', '--slew', '100');
          // It has no clock but what the server answers.
          await sim.until('all-stored');
          await vi.waitUntil(async () => (await fetch(`${device}/config`)).ok, PATIENCE);
          expect(
            await (await ask('PUT', '/config', { interval_s: 1800, slew_percent_per_s: 100 })).json(),
          ).toMatchObject({
            desired: { version: 1, interval_s: 1800 },
          });
          await sim.until('configured');
          await expect
            .poll(async () => (await fetch(`${device}/config`)).json(), PATIENCE)
            .toMatchObject({
              state: 'in-force',
              in_force: { version: 1, interval_s: 1800 },
            });
          expect((await ask('POST', '/commands', { command: 'record_now' })).status).toBe(202);
          expect((await ask('POST', '/commands', { command: 'identify' })).status).toBe(202);
          await sim.until('identify');
          expect((await ask('POST', '/commands', { command: 'report' })).status).toBe(202);
          await sim.until('measured', 1);
          expect((await ask('POST', '/commands', { command: 'report' })).status).toBe(202);
          await sim.until('measured', 1);
          await place.peer.publishAsync(`window/${ID}/set`, '40', { qos: 1 });
          await sim.until('arrived');
          expect(sim.last('arrived')!.position).toBe(40);
          expect((await ask('POST', '/commands', { command: 'restart' })).status).toBe(202);
          expect(await sim.exited).toBe(3);
          const now = Date.now();
          const again = place.start('--interval', '3600');
          await again.until('connected');
          await vi.waitUntil(() => again.holdsNothing, PATIENCE);
          await again.end('stop');
          const { readings, recordings, actions } = await place.stored(async (reader) => ({
            readings: await reader.readings('temperature', { deviceId: ID, limit: 10 }),
            recordings: await reader.recordings({ deviceId: ID, limit: 10 }),
            actions: await reader.actions({ deviceId: ID, limit: 10 }),
          }));
          expect(recordings).toHaveLength(1);
          expect(actions).toMatchObject([{ position: 40, source: 'manual' }]);
          expect(readings.length).toBeGreaterThanOrEqual(3);
          expect(readings.some(({ timeSource }) => timeSource === 'device')).toBe(true);
          for (const { timestampMs } of readings) expect(Math.abs(now - timestampMs)).toBeLessThan(60_000);
        }),
    );

    test.skipIf(door.skip)(
      `its power goes in the middle of writing, again and again: none missing, none doubled (seed ${SEED})`,
      () =>
        withPlace(door, async (place) => {
          const random = seededRandom(SEED);
          const promised: string[] = [];
          for (let life = 0; life < 8; life++) {
            const last = life === 7;
            const power = last ? [] : ['--power-bytes', String(1 + Math.floor(random() * 9_000))];
            const sim = place.start(
              '--sntp',
              '0',
              '--interval',
              '1',
              '--speed',
              '40',
              '--flash-bytes',
              '65536',
              ...power,
            );
            if (last) {
              await vi.waitUntil(() => sim.count('measured') >= 10, PATIENCE);
              await sim.tell('speed 1');
              await vi.waitUntil(() => sim.holdsNothing, PATIENCE);
              await sim.end('stop');
            } else {
              expect(await sim.exited).toBe(137);
            }
            const boot = sim.last('started')?.boot;
            // It says so when temperature and humidity are both written.
            for (let i = 0; i < sim.count('measured'); i++) promised.push(`${boot} ${2000 + i}`);
          }
          const found = await place.stored(bootsAndValues);
          expect(new Set(found).size).toBe(found.length);
          expect(promised.filter((one) => !found.includes(one))).toEqual([]);
          expect(promised.length).toBeGreaterThan(30);
        }),
    );
  },
);
