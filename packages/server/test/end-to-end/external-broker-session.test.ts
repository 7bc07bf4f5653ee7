import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { latestTemperature, readiness, ready } from '../support/api.js';
import { storedReadings } from '../support/ledger-check.js';
import { startLouver, type LouverProcess } from '../support/louver-process.js';
import { MOSQUITTO_CONFIGS, skipWithoutMosquitto, startMosquitto, withMosquitto } from '../support/mosquitto.js';
import type { MosquittoProcess } from '../support/mosquitto.js';

const DEVICE = 'dev-1';

describe.skipIf(skipWithoutMosquitto)(`${withMosquitto}: the session that the broker keeps for the server`, () => {
  let folder: string;
  let data: string;
  let broker: MosquittoProcess | undefined;
  let louver: LouverProcess | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'louver-session-'));
    data = join(folder, 'data');
    await mkdir(data);
  });

  afterEach(async () => {
    await louver?.kill('SIGKILL');
    await broker?.stop('SIGKILL');
    await rm(folder, { recursive: true });
  });

  async function startBroker(config: keyof typeof MOSQUITTO_CONFIGS): Promise<MosquittoProcess> {
    broker = await startMosquitto({ folder, config: MOSQUITTO_CONFIGS[config](folder) });
    return broker;
  }

  async function startServer(...args: readonly string[]): Promise<LouverProcess> {
    louver = await startLouver(data, ['--mqtt-url', broker!.url, '--no-model', ...args]);
    return louver;
  }

  /** It has connected and subscribed once, and is gone again: the broker keeps messages for it. */
  async function knownToTheBroker(): Promise<void> {
    await ready((await startServer()).httpUrl);
    await louver!.kill('SIGTERM');
  }

  /** Values 1, 2, … in this order; resolves when all are acknowledged. */
  async function publish(count: number, bytes = 0): Promise<void> {
    const client = await connectAsync(broker!.url, { clientId: DEVICE });
    const ballast = 'x'.repeat(bytes);
    const readings = Array.from({ length: count }, (_, i) => {
      const reading = { value: (i + 1) / 1000, timestamp: new Date().toISOString(), ballast };
      return client.publishAsync(`sensor/${DEVICE}/temperature`, JSON.stringify(reading), { qos: 1 });
    });
    await Promise.all(readings);
    await client.endAsync();
  }

  /** How many thousandths there are, once the last of them is stored; the server is ended. */
  async function stored(last: number): Promise<readonly number[]> {
    const { httpUrl } = louver!;
    const isThere = async (): Promise<boolean> => (await latestTemperature(httpUrl, DEVICE)) === last / 1000;
    await vi.waitUntil(isThere, { timeout: 20_000 });
    expect(await louver!.kill('SIGTERM')).toBe(0);
    const rows = await storedReadings(data, DEVICE);
    return rows.map(({ value }) => Math.round(value * 1000)).sort((a, b) => a - b);
  }

  const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1);

  test('received and not yet in the journal: kill -9 loses nothing of it', async () => {
    await startBroker('tuned');
    const config = join(folder, 'louver.yaml');
    await writeFile(config, 'journal: { max_bytes: 1MiB }\n');
    // Without a database the journal is not emptied, and 300 of these fill it.
    await ready((await startServer()).httpUrl);
    await louver!.kill('SIGTERM');
    const { httpUrl } = await startServer('--config', config, '--clickhouse-url', 'http://127.0.0.1:1');
    await publish(600, 4_000);
    await vi.waitUntil(async () => (await readiness(httpUrl)).includes('journal: '), { timeout: 20_000 });
    await louver!.kill('SIGKILL');
    await startServer();
    await publishMarker();
    expect(await stored(MARKER)).toEqual([...upTo(600), MARKER]);
  });

  test('default configuration: 1,000 readings wait for a server that is away, the broker drops the rest', async () => {
    await startBroker('default configuration');
    await knownToTheBroker();
    await publish(1_500);
    expect(broker!.log()).toContain('Outgoing messages are being dropped for client louver');
    await startServer();
    await ready(louver!.httpUrl);
    await publishMarker();
    expect(await stored(MARKER)).toEqual([...upTo(1_000), MARKER]);
  });

  test('tuned: 5,000 readings wait for a server that is away, also while the broker is killed once it has saved them', async () => {
    await startBroker('tuned');
    await knownToTheBroker();
    await publish(5_000);
    // The save that runs now may have begun before the last of them; the next one has not.
    await saved();
    await saved();
    await broker!.stop('SIGKILL');
    await broker!.start();
    await startServer();
    await publishMarker();
    expect(await stored(MARKER)).toEqual([...upTo(5_000), MARKER]);
  });

  const MARKER = 100_000;

  /** Behind all that waits in the session. */
  async function publishMarker(): Promise<void> {
    const client = await connectAsync(broker!.url, { clientId: DEVICE });
    const reading = { value: MARKER / 1000, timestamp: new Date().toISOString() };
    await client.publishAsync(`sensor/${DEVICE}/temperature`, JSON.stringify(reading), { qos: 1 });
    await client.endAsync();
  }

  async function saved(): Promise<void> {
    const mtime = async (): Promise<number> =>
      (await stat(join(folder, 'mosquitto.db')).catch(() => undefined))?.mtimeMs ?? 0;
    const before = await mtime();
    await vi.waitUntil(async () => (await mtime()) > before, { timeout: 20_000 });
  }
});
