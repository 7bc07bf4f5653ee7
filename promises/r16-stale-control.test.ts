import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { esp32Topics, seededRandom } from '@louver/device-esp32';
import { connectAsync, type MqttClient } from 'mqtt';
import { expect, test, vi } from 'vitest';
import { readiness, ready } from '../packages/server/test/support/api.js';
import { startLouver, type LouverProcess } from '../packages/server/test/support/louver-process.js';
import { MOSQUITTO_CONFIGS, skipWithoutMosquitto, startMosquitto } from '../packages/server/test/support/mosquitto.js';
import { SensorSim, skipWithoutCompiler } from '../packages/server/test/support/sensor-sim.js';
import { report } from './support/report.js';
import { SEED, tiered } from './support/tier.js';

const ID = 'window-1';
const COMMANDS = tiered(50, 3_000);
const ROUNDS = tiered(3, 30);
const PATIENCE = { timeout: 30_000, interval: 2 };
const topics = esp32Topics();
/** A window that is there at once. */
const DEVICE = ['--interval', '86400', '--slew', '100', '--speed', '20'] as const;

interface Report {
  readonly position: number;
  readonly target: number;
  readonly command_id: string;
  readonly result: 'done' | 'moving' | 'rejected' | 'expired';
}

interface Rig {
  readonly peer: MqttClient;
  readonly reports: Report[];
  /** Whether the server has read it back. */
  isStored(commandId: string): Promise<boolean>;
  /** Killed and started again, it has forgotten all sessions. */
  restartBroker(): Promise<void>;
  start(...args: readonly string[]): SensorSim;
}

/** @param kept a command that the broker keeps from before the server and the device came */
async function withRig({ kept }: { readonly kept?: object }, use: (rig: Rig) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'louver-r16-'));
  await mkdir(join(folder, 'data'));
  const mosquitto = await startMosquitto({ folder, config: MOSQUITTO_CONFIGS['default configuration']() });
  const sims: SensorSim[] = [];
  let louver: LouverProcess | undefined;
  let peer: MqttClient | undefined;
  try {
    peer = await connectAsync(mosquitto.url, { reconnectPeriod: 20 });
    if (kept !== undefined)
      await peer.publishAsync(topics.windowControl(ID), JSON.stringify(kept), { qos: 1, retain: true });
    const args = ['--mqtt-url', mosquitto.url, '--no-model', '--log-level', 'error'];
    const { httpUrl, mqttUrl } = (louver = await startLouver(join(folder, 'data'), args));
    await ready(httpUrl);
    const reports: Report[] = [];
    // What it has not heard to be stored it sends again.
    const seen = new Set<string>();
    peer.on('message', (_topic, payload) => {
      const said = JSON.parse(String(payload)) as Report & { readonly seq: number; readonly boot: number };
      if (seen.has(`${said.boot} ${said.seq}`)) return;
      seen.add(`${said.boot} ${said.seq}`);
      reports.push(said);
    });
    await peer.subscribeAsync(topics.windowState(ID), { qos: 1 });
    await use({
      peer,
      reports,
      start(...args) {
        const sim = new SensorSim({ id: ID, mqttUrl, folder: join(folder, 'device'), args: [...DEVICE, ...args] });
        sims.push(sim);
        return sim;
      },
      async isStored(commandId) {
        const body = await (await fetch(`${httpUrl}/api/devices/${ID}/commands`)).text();
        return body.includes(`"${commandId}"`);
      },
      async restartBroker() {
        await mosquitto.stop('SIGKILL');
        // So that the server does not think that somebody takes its session away, again and again.
        await vi.waitUntil(async () => (await readiness(httpUrl)).includes('ECONNREFUSED'), PATIENCE);
        await mosquitto.start();
        await ready(httpUrl);
      },
    });
  } finally {
    for (const sim of sims) await sim.end('SIGKILL');
    await peer?.endAsync(true);
    await louver?.kill('SIGKILL');
    await mosquitto.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

const KINDS = ['good', 'expired', 'duplicate', 'old', 'retained', 'broken'] as const;
type Kind = (typeof KINDS)[number];

/** What is not to be read as a command, and must not move anything. */
const BROKEN = [
  '',
  'OPEN',
  '{"position":101}',
  '{"position":-0.001}',
  '{"position":"50"}',
  '{"position":50',
  '{"position":50,"timestamp":"soon"}',
];

const SKIP = skipWithoutCompiler || skipWithoutMosquitto;
const WHY = SKIP ? ' (skipped without make, g++ and mosquitto)' : '';

test.skipIf(SKIP)(`R16: expired, repeated, old, retained and broken commands move nothing${WHY}`, () =>
  withRig(
    { kept: { command_id: 'kept', position: 99, timestamp: new Date(Date.now() + 100_000).toISOString() } },
    async ({ peer, reports, start }) => {
      const random = seededRandom(SEED);
      const device = start('--sntp', '0');
      // Also that it has subscribed.
      await device.until('all-stored');
      const send = (command: string | object): Promise<unknown> => {
        const payload = typeof command === 'string' ? command : JSON.stringify(command);
        return peer.publishAsync(topics.windowControl(ID), payload, { qos: 1 });
      };
      const counts = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
      // Its clock runs faster than ours; a command of any time of ours is newer than one of the past.
      let timeMs = Date.now() - 3_600_000;
      let obeyed: { command_id: string; position: number; timestamp: string } | undefined;
      const stamp = (ms: number): string => new Date(ms).toISOString();
      for (let i = 0; i < COMMANDS; i++) {
        const kind: Kind = obeyed === undefined ? 'good' : KINDS[Math.floor(random() * KINDS.length)]!;
        counts[kind]++;
        const command_id = `${kind}-${i}`;
        // Never where it is: one that is obeyed by mistake is seen.
        const position = (Math.round((obeyed?.position ?? 0) + 1 + random() * 98) % 100) + 0.5;
        const before = reports.length;
        const news = (): Report[] => reports.slice(before);
        if (kind === 'good') {
          timeMs += 1 + Math.floor(random() * 1_000);
          obeyed = { command_id, position, timestamp: stamp(timeMs) };
          await send({ ...obeyed, ...(random() < 0.5 && { expires_at: stamp(Date.now() + 86_400_000) }) });
          await vi.waitUntil(
            () => news().some(({ command_id: id, result }) => id === command_id && result === 'done'),
            PATIENCE,
          );
          expect(news().at(-1)).toMatchObject({ position, target: position });
          continue;
        }
        if (kind === 'expired') {
          await send({
            command_id,
            position,
            timestamp: stamp(timeMs + 1),
            expires_at: stamp(Date.now() - 1 - Math.floor(random() * 1e6)),
          });
        } else if (kind === 'old') {
          await send({ command_id, position, timestamp: stamp(timeMs - 1 - Math.floor(random() * 1e6)) });
        } else if (kind === 'duplicate') {
          await send(obeyed!);
        } else if (kind === 'broken') {
          await send(BROKEN[Math.floor(random() * BROKEN.length)]!);
        } else {
          // It comes with each subscription.
          const connected = device.count('connected');
          await device.tell('cut 1');
          await peer.publishAsync(`devices/${ID}/commands`, '{"command":"report"}', { qos: 1 });
          await device.until('connected', connected);
        }
        const expected = {
          expired: { command_id, result: 'expired' },
          old: { command_id, result: 'rejected' },
          broken: { command_id: '', result: 'rejected' },
          duplicate: { command_id: obeyed!.command_id, result: 'done' },
          // Nothing is said of it; the server sends the last one again, as to every device that comes back.
          retained: undefined,
        }[kind];
        // And one more, which is said in its turn.
        await send(obeyed!);
        const isSaid = (one: { command_id: string; result: string }): boolean =>
          news().some(({ command_id: id, result }) => id === one.command_id && result === one.result);
        await vi.waitUntil(
          () =>
            (expected === undefined || isSaid(expected)) && isSaid({ command_id: obeyed!.command_id, result: 'done' }),
          PATIENCE,
        );
        expect(news().every(({ target }) => target === obeyed!.position)).toBe(true);
        expect(device.events.filter(({ event }) => event === 'moving')).toHaveLength(counts.good);
      }
      report(
        'R16',
        `${COMMANDS} commands: ${KINDS.map((kind) => `${counts[kind]} ${kind}`).join(', ')}; ${counts.good} moves (seed ${SEED})`,
      );
    },
  ),
);

test.skipIf(SKIP)(
  `R16: the latest that has not expired arrives after a reconnect, though the broker has forgotten all${WHY}`,
  () =>
    withRig({}, async ({ peer, reports, start, isStored, restartBroker }) => {
      const device = start('--sntp', '0');
      // Also that it has subscribed.
      await device.until('all-stored');
      const arrives = (id: string): Promise<unknown> =>
        vi.waitUntil(() => reports.some(({ command_id, result }) => command_id === id && result === 'done'), PATIENCE);
      const startMs = Date.now() - 3_600_000;
      for (let round = 0; round < ROUNDS; round++) {
        await device.tell('offline');
        const [moves, sessions] = [device.count('moving'), device.count('connected')];
        // Of the past hour, each newer than those of the round before.
        const nowMs = startMs + round * 10_000;
        const send = async (name: string, position: number, ageMs: number, livesMs: number): Promise<void> => {
          const [timestamp, expires_at] = [nowMs - ageMs, nowMs - ageMs + livesMs].map((ms) =>
            new Date(ms).toISOString(),
          );
          const command = { device_id: ID, command_id: `${name}-${round}`, position, timestamp, expires_at };
          await peer.publishAsync(topics.windowControl(ID), JSON.stringify(command), { qos: 1 });
        };
        await send('first', 80, 3_000, 1e9);
        await send('wanted', 10 + round, 2_000, 1e9);
        // Newer than what was wanted, and over: then nothing is wanted any more.
        const isOver = round % 2 === 1;
        if (isOver) await send('over', 90, 1_000, 500);
        await vi.waitUntil(() => isStored(`${isOver ? 'over' : 'wanted'}-${round}`), PATIENCE);
        // It has forgotten the session of the device, and what it kept for it.
        await restartBroker();
        await device.tell('online');
        await device.until('connected', sessions);
        if (isOver) await send('later', 30 + round, 0, 1e9);
        await arrives(`${isOver ? 'later' : 'wanted'}-${round}`);
        await device.until('arrived', moves);
        expect(device.last('arrived')!.position).toBe(isOver ? 30 + round : 10 + round);
        expect(device.count('moving')).toBe(moves + 1);
      }
    }),
);
