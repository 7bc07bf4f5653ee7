import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passes } from 'node:timers/promises';
import { connect as mqttConnect, type IClientOptions, type MqttClient } from 'mqtt';
import { expect, test, vi } from 'vitest';
import { freePort } from '../packages/core/test/support/free-port.js';
import { storedReadings } from '../packages/server/test/support/ledger-check.js';
import { startLouver, type LouverProcess } from '../packages/server/test/support/louver-process.js';
import { report } from './support/report.js';
import { FRESH_WITHIN_MS, freshReadingStored } from './support/server.js';
import { tiered } from './support/tier.js';

const DEVICE = 'dev-1';
/** Fewer than a session keeps while it is away (1,000). */
const PER_ROUND = 400;
const ENDS = [
  { signal: 'SIGKILL', awayMs: 0 },
  { signal: 'SIGTERM', awayMs: 0 },
  { signal: 'SIGKILL', awayMs: 2_000 },
  { signal: 'SIGKILL', awayMs: 0 },
] as const;
const FAULTS = Array.from({ length: tiered(1, 10) }, () => ENDS).flat();

/** Publishes ever new numbers, so many at a time, across all that happens to the server, and keeps what was acknowledged. */
function publishing(client: MqttClient, topic: string, lanes: number, retain = false) {
  const acknowledged: number[] = [];
  let sent = 0;
  let allowed = Number.POSITIVE_INFINITY;
  let ended = false;
  let onAcknowledged: () => void = () => undefined;
  const lane = async (): Promise<void> => {
    while (!ended) {
      if (sent >= allowed) {
        await passes(5);
        continue;
      }
      const value = ++sent / 1000;
      const payload = JSON.stringify({ value, timestamp: new Date().toISOString() });
      await client.publishAsync(topic, payload, { qos: 1, retain });
      acknowledged.push(value);
      onAcknowledged();
    }
  };
  const all = Array.from({ length: lanes }, lane);
  return {
    acknowledged,
    sentSoFar: () => sent,
    allow: (count: number) => void (allowed = sent + count),
    /** Calls `act` in the very moment in which so many more have been acknowledged. */
    after(count: number, act: () => Promise<unknown>): Promise<unknown> {
      const wanted = acknowledged.length + count;
      return new Promise((resolve) => {
        onAcknowledged = () => {
          if (acknowledged.length < wanted) return;
          onAcknowledged = () => undefined;
          resolve(act());
        };
      });
    },
    async finish() {
      ended = true;
      await Promise.all(all);
    },
  };
}

const valueOf = (payload: Buffer): number => (JSON.parse(payload.toString()) as { value: number }).value;

test(
  'R5: the server itself is stopped, killed and away: the embedded broker loses nothing that it acknowledged',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'louver-r05-'));
    const data = join(folder, 'data');
    await mkdir(data);
    const port = await freePort();
    const url = `mqtt://127.0.0.1:${port}`;
    const clients: MqttClient[] = [];
    let louver: LouverProcess | undefined;
    const serve = async (): Promise<LouverProcess> =>
      (louver = await startLouver(data, ['--mqtt-port', String(port), '--no-model', '--log-level', 'warn']));
    const connecting = (options: IClientOptions): MqttClient => {
      const client = mqttConnect(url, { reconnectPeriod: 50, ...options });
      client.on('error', () => undefined);
      clients.push(client);
      return client;
    };
    const connected = (client: MqttClient): Promise<MqttClient> =>
      new Promise((resolve) => client.once('connect', () => resolve(client)));
    const connect = (options: IClientOptions): Promise<MqttClient> => connected(connecting(options));

    const received: number[] = [];
    /** The session comes, takes what there is for it, and leaves. Resolves when it has all that was acknowledged to the publisher. */
    const comeAndGo = async (expected: readonly number[]): Promise<void> => {
      const client = connecting({ clientId: 'watcher', clean: false, reconnectPeriod: 0 });
      // At once: what was kept for it comes right behind CONNACK.
      client.on('message', (_topic, payload) => void received.push(valueOf(payload)));
      await connected(client);
      await client.subscribeAsync(`sensor/${DEVICE}/humidity`, { qos: 1 });
      const seen = () => new Set(received);
      await vi
        .waitUntil(() => expected.every((value) => seen().has(value)), { timeout: 5_000, interval: 20 })
        .catch(() => undefined);
      await client.endAsync();
    };
    const retained = async (topic: string): Promise<Buffer> => {
      const client = await connect({ reconnectPeriod: 0 });
      const message = new Promise<Buffer>((resolve) => client.once('message', (_topic, payload) => resolve(payload)));
      await client.subscribeAsync(topic);
      const payload = await Promise.race([message, passes(5_000, Buffer.from('nothing'), { ref: false })]);
      await client.endAsync();
      return payload;
    };

    try {
      await serve();
      await comeAndGo([]);
      const device = await connect({ clientId: DEVICE, clean: false });
      const backend = await connect({ clientId: 'backend', clean: false });
      const readings = publishing(device, `sensor/${DEVICE}/temperature`, 20);
      const kept = publishing(device, `sensor/${DEVICE}/humidity`, 5);
      const configs = publishing(backend, `sensor/${DEVICE}/config`, 1, true);
      const stale: string[] = [];
      for (const [round, { signal, awayMs }] of FAULTS.entries()) {
        const topic = `sensor/gone-${round}/status`;
        const will = { topic, payload: Buffer.from('offline'), qos: 1 as const, retain: true };
        const gone = await connect({ clientId: `gone-${round}`, reconnectPeriod: 0, will });
        await gone.publishAsync(topic, 'online', { qos: 1, retain: true });
        kept.allow(PER_ROUND);
        const lastConfig = () => configs.acknowledged.at(-1) ?? 0;
        let config = 0;
        await kept.after(100 + (round % 6) * 50, () => {
          config = lastConfig();
          return louver!.kill(signal);
        });
        const acknowledged = kept.acknowledged.slice();
        await passes(awayMs);
        await serve();
        if (valueOf(await retained(`sensor/${DEVICE}/config`)) < config) stale.push(`config of round ${round}`);
        if ((await retained(topic)).toString() !== 'offline') stale.push(`status of round ${round}`);
        await comeAndGo(acknowledged);
      }
      await Promise.all([readings, kept, configs].map((publisher) => publisher.finish()));
      const freshMs = await freshReadingStored({ mqttUrl: url, httpUrl: louver!.httpUrl });
      await comeAndGo(kept.acknowledged);
      await louver!.kill('SIGTERM');

      const stored = await storedReadings(data, DEVICE);
      const values = new Set(stored.map(({ value }) => value));
      const seen = new Set(received);
      const lost = {
        readings: readings.acknowledged.filter((value) => !values.has(value)),
        doubled: stored.length - values.size,
        foreign: stored.filter(({ value }) => Math.round(value * 1000) > readings.sentSoFar()),
        messages: kept.acknowledged.filter((value) => !seen.has(value)),
        stale,
      };
      report(
        'R5 embedded',
        `${FAULTS.length} ends of the server, ${readings.acknowledged.length} readings acknowledged, ${lost.readings.length} missing, ` +
          `${lost.doubled} doubled; ${kept.acknowledged.length} messages to a session that was away, ${lost.messages.length} missing, ` +
          `${received.length - seen.size} twice; ${configs.acknowledged.length} retained, ${stale.length} stale; ` +
          `fresh reading stored after ${freshMs} ms`,
      );
      expect(lost).toEqual({ readings: [], doubled: 0, foreign: [], messages: [], stale: [] });
      expect(freshMs).toBeLessThan(FRESH_WITHIN_MS);
    } finally {
      for (const client of clients) client.end(true);
      await louver?.kill('SIGKILL');
      await rm(folder, { recursive: true });
    }
  },
  tiered(120_000, 600_000),
);
