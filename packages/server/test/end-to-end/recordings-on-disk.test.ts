import { createHash } from 'node:crypto';
import { readdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeWav, encodeWav16 } from '@louver/core';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.js';
import { startServer, type RunningServer } from '../../src/server.js';
import { ready } from '../support/api.js';
import { startLouver, type LouverProcess } from '../support/louver-process.js';

const TOKEN = 'token-of-a-viewer-1';

let folder: string;
let running: RunningServer | undefined;
let louver: LouverProcess | undefined;
let client: MqttClient | undefined;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'louver-kept-'))));
afterEach(async () => {
  client?.end(true);
  await running?.close();
  await louver?.kill('SIGKILL');
  [running, louver, client] = [undefined, undefined, undefined];
  await rm(folder, { recursive: true, force: true });
});

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const pcmOf = (n: number, samples = 800): Uint8Array =>
  Buffer.from(Int16Array.from({ length: samples }, (_, i) => Math.round(8_000 * Math.sin((i * (n + 1)) / 97))).buffer);
const audio = (bytes: Uint8Array, timestamp = new Date().toISOString()): string =>
  JSON.stringify({ data: Buffer.from(bytes).toString('base64'), sample_rate: 16_000, timestamp });

async function start(yaml: string, workingDirectory = folder): Promise<RunningServer> {
  await writeFile(join(folder, 'louver.yaml'), yaml);
  const flags = { mqttPort: '0', httpPort: '0', dataDir: join(folder, 'data'), model: false } as const;
  return (running = await startServer(loadConfig({ workingDirectory, flags })));
}

interface Readings {
  readonly readings: readonly { readonly audio_hash: string; readonly format: string }[];
}

async function rowsOf(httpUrl: string, device: string, token?: string): Promise<Readings['readings']> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(`${httpUrl}/api/devices/${device}/data?sensor=audio&limit=10000`, { headers });
  return ((await answer.json()) as Partial<Readings>).readings ?? [];
}

test('what devices record can be listened to, by whoever may read, also after a restart', async () => {
  const path = join(folder, 'audio');
  const yaml = `
audio: { store_raw: true, storage_path: ${path}, raw_retention: 30d, raw_max_bytes: 1GiB }
api: { tokens: [{ name: ann, token: ${TOKEN}, role: viewer }] }
`;
  const { ports, pipeline } = await start(yaml);
  client = await connectAsync(`mqtt://127.0.0.1:${ports.mqtt}`);
  const wav = encodeWav16(new Int16Array(pcmOf(1).buffer.slice(0)), 16_000);
  const pcm = pcmOf(2);
  await client.publishAsync('sensor/w/audio', audio(wav), { qos: 1 });
  await Promise.all(
    Array.from({ length: 30 }, (_, i) => client!.publishAsync(`sensor/p${i}/audio`, audio(pcm), { qos: 1 })),
  );
  await pipeline!.drain();
  const httpUrl = `http://127.0.0.1:${ports.http}`;
  const rows = [...(await rowsOf(httpUrl, 'w', TOKEN)), ...(await rowsOf(httpUrl, 'p29', TOKEN))];
  expect(rows).toMatchObject([
    { audio_hash: sha256Of(wav), format: 'wav' },
    { audio_hash: sha256Of(pcm), format: 'pcm_s16le' },
  ]);
  const files = (await readdir(path, { recursive: true })).filter((name) => name.endsWith('.wav'));
  expect(files).toHaveLength(2);
  for (const name of files) expect((await stat(join(path, name))).mode & 0o777).toBe(0o600);
  expect((await fetch(`${httpUrl}/api/recordings/${sha256Of(wav)}`)).status).toBe(401);
  const readyz = (await (await fetch(`${httpUrl}/readyz`)).json()) as object;
  expect(readyz).toMatchObject({ state: 'ready', components: { recordings: { ok: true } } });
  await running!.close();

  const again = await start(yaml);
  const heard = async (bytes: Uint8Array): Promise<Buffer> => {
    const url = `http://127.0.0.1:${again.ports.http}/api/recordings/${sha256Of(bytes)}`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'audio/wav']);
    return Buffer.from(await answer.arrayBuffer());
  };
  expect(await heard(wav)).toEqual(Buffer.from(wav));
  const played = await heard(pcm);
  expect(played.subarray(44)).toEqual(Buffer.from(pcm));
  expect(decodeWav(played)).toHaveLength(pcm.length / 2);
});

test('they lie in the data directory unless it is said where, and nowhere when they are not to be kept', async () => {
  const first = await start('audio: { store_raw: true }');
  client = await connectAsync(`mqtt://127.0.0.1:${first.ports.mqtt}`);
  await client.publishAsync('sensor/a/audio', audio(pcmOf(1)), { qos: 1 });
  await first.pipeline!.drain();
  const hash = sha256Of(pcmOf(1));
  const file = join(folder, 'data', 'audio_data', hash.slice(0, 2), `${hash}.wav`);
  expect(sha256Of((await readFile(file)).subarray(44))).toBe(hash);
  client.end(true);
  await first.close();

  const second = await start('audio: { store_raw: false, storage_path: ./audio }');
  client = await connectAsync(`mqtt://127.0.0.1:${second.ports.mqtt}`);
  await client.publishAsync('sensor/a/audio', audio(pcmOf(2)), { qos: 1 });
  await second.pipeline!.drain();
  const answer = await fetch(`http://127.0.0.1:${second.ports.http}/api/recordings/${hash}`);
  expect([answer.status, await answer.json()]).toMatchObject([404, { type: 'urn:louver:problem:unknown-recording' }]);
  expect(await readdir(folder)).not.toContain('audio');
});

test('a folder that cannot be made is refused at the start, in one line', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  const starting = start(`audio: { store_raw: true, storage_path: ${file} }`);
  await expect(starting).rejects.toMatchObject({ code: 'E_CONFIG' });
  await expect(starting).rejects.toThrow(`recordings cannot be kept in ${file}: EEXIST`);
});

test('a kill -9 at any time: every row that is stored has its file', { timeout: 120_000 }, async () => {
  const path = join(folder, 'audio');
  await writeFile(join(folder, 'louver.yaml'), `mqtt: { port: 0 }\naudio: { store_raw: true, storage_path: ${path} }`);
  const begin = async (): Promise<LouverProcess> => {
    louver = await startLouver(join(folder, 'data'), ['--no-model', '--config', join(folder, 'louver.yaml')]);
    await ready(louver.httpUrl);
    return louver;
  };
  const acknowledged = new Set<string>();
  let sent = 0;
  for (let kills = 0; kills < 4; kills++) {
    const { mqttUrl, kill } = await begin();
    client = await connectAsync(mqttUrl, { reconnectPeriod: 0 });
    const publisher = client;
    publisher.on('error', () => undefined);
    const before = acknowledged.size;
    const publish = async (): Promise<void> => {
      const bytes = pcmOf(sent++);
      await publisher.publishAsync('sensor/a/audio', audio(bytes), { qos: 1 });
      acknowledged.add(sha256Of(bytes));
      await publish();
    };
    const publishing = Array.from({ length: 8 }, () => publish().catch(() => undefined));
    await expect.poll(() => acknowledged.size - before, { timeout: 20_000, interval: 1 }).toBeGreaterThan(20 * kills);
    await kill('SIGKILL');
    publisher.end(true);
    await Promise.all(publishing);
  }
  const { httpUrl } = await begin();
  const stored = async (): Promise<readonly string[]> =>
    (await rowsOf(httpUrl, 'a')).map(({ audio_hash: hash }) => hash);
  const missing = async (): Promise<readonly string[]> => {
    const hashes = new Set(await stored());
    return [...acknowledged].filter((hash) => !hashes.has(hash));
  };
  await expect.poll(missing, { timeout: 30_000 }).toEqual([]);
  const hashes = await stored();
  expect(hashes.length).toBeGreaterThanOrEqual(acknowledged.size);
  for (const hash of hashes) {
    const file = await readFile(join(path, hash.slice(0, 2), `${hash}.wav`));
    expect(sha256Of(file.subarray(44))).toBe(hash);
  }
});
