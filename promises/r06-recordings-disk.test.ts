import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readiness, ready } from '../packages/server/test/support/api.js';
import { startLouver, type LouverProcess } from '../packages/server/test/support/louver-process.js';
import { report } from './support/report.js';
import { freshReadingStored, FRESH_WITHIN_MS } from './support/server.js';
import { lacking, smallDisk, type SmallDisk } from './support/small-disk.js';

const withoutDisk = lacking(smallDisk);
/** Rows wait for so long for a disk that is full. */
const PATIENCE_MS = 10_000;

let folder: string;
let disk: SmallDisk;
let louver: LouverProcess;
let client: MqttClient;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-r06-'));
  disk = smallDisk(16);
  const config = join(folder, 'louver.yaml');
  await writeFile(config, `mqtt: { port: 0 }\naudio: { store_raw: true, storage_path: ${join(disk.path, 'audio')} }`);
  louver = await startLouver(join(folder, 'data'), ['--no-model', '--log-level', 'warn', '--config', config]);
  await ready(louver.httpUrl);
  client = await connectAsync(louver.mqttUrl);
});

afterEach(async () => {
  client.end(true);
  await louver.kill('SIGKILL');
  disk.free();
  disk.remove();
  await rm(folder, { recursive: true, force: true });
});

let sent = 0;

/** Resolves, when it is acknowledged, to the hash of what was sent. */
async function send(): Promise<string> {
  const bytes = Buffer.alloc(32_000, ++sent);
  bytes.writeUInt32LE(sent);
  const message = { data: bytes.toString('base64'), sample_rate: 16_000, timestamp: new Date().toISOString() };
  await client.publishAsync('sensor/a/audio', JSON.stringify(message), { qos: 1 });
  return createHash('sha256').update(bytes).digest('hex');
}

async function rows(): Promise<readonly string[]> {
  const answer = await fetch(`${louver.httpUrl}/api/devices/a/data?sensor=audio`);
  const { readings = [] } = (await answer.json()) as { readings?: { audio_hash: string }[] };
  return readings.map(({ audio_hash: hash }) => hash);
}

const isKept = (hash: string): boolean => existsSync(join(disk.path, 'audio', hash.slice(0, 2), `${hash}.wav`));

test.skipIf(withoutDisk !== '')(
  `R6: the disk of recordings is full: readings go on, and so do their rows${withoutDisk}`,
  async () => {
    const before = await send();
    await expect.poll(rows).toEqual([before]);
    expect(isKept(before)).toBe(true);

    disk.fill();
    const sinceMs = performance.now();
    const during = await Promise.all(Array.from({ length: 10 }, send));
    await expect
      .poll(() => readiness(louver.httpUrl), { timeout: 20_000 })
      .toMatch(/^recordings: .*no space left on device.*Free or add space/);
    const freshMs = await freshReadingStored(louver);
    await expect.poll(async () => (await rows()).length, { timeout: PATIENCE_MS + 40_000 }).toBe(11);
    const heldMs = performance.now() - sinceMs;
    expect(heldMs).toBeGreaterThan(PATIENCE_MS / 2);
    expect(during.filter(isKept)).toEqual([]);
    const lateMs = performance.now();
    await send();
    await expect.poll(async () => (await rows()).length, { timeout: 20_000, interval: 5 }).toBe(12);
    const nextMs = Math.round(performance.now() - lateMs);

    disk.free();
    const after = await send();
    await expect.poll(async () => (await rows()).length, { timeout: 20_000 }).toBe(13);
    expect(isKept(after)).toBe(true);
    expect(await readiness(louver.httpUrl)).toBe('');
    report(
      'R6',
      `recordings: rows were held ${Math.round(heldMs)} ms, the next one ${nextMs} ms; a reading meanwhile ${freshMs} ms`,
    );
    expect(freshMs).toBeLessThan(FRESH_WITHIN_MS);
    expect(await louver.kill('SIGTERM')).toBe(0);
  },
);
