import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@louver/device-esp32';
import { connectAsync } from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { ready } from '../support/api.js';
import { runLouver, startLouver, type LouverProcess } from '../support/louver-process.js';

const NOW = '2026-01-01T00:00:00Z';
const AUDIO = { sample_rate: 16_000, duration: 0.05, timestamp: NOW };
const base64 = (bytes: string | Buffer): string => Buffer.from(bytes as string, 'latin1').toString('base64');
const long = 'x'.repeat(300);

/** Every kind of P-6; the last five are too large for the first configuration only. */
const POISON: readonly (readonly [topic: string, payload: string, code: string])[] = [
  ['sensor/a/temperature', 'warm', 'not-json'],
  ['sensor/a/temperature', `{"value": NaN, "timestamp": "${NOW}"}`, 'not-json'],
  ['sensor/a/temperature', `{"value": "21", "timestamp": "${NOW}"}`, 'wrong-type'],
  ['sensor/a/temperature', `{"value": 200.1, "timestamp": "${NOW}"}`, 'out-of-range'],
  ['sensor/a/humidity', `{"value": 100.1, "timestamp": "${NOW}"}`, 'out-of-range'],
  ['sensor/a/temperature', '{"value": 21, "timestamp": "yesterday"}', 'bad-timestamp'],
  ['sensor/a/audio', JSON.stringify({ ...AUDIO, data: base64('RIFF') }), 'bad-recording'],
  ['sensor/a b/temperature', `{"value": 21, "timestamp": "${NOW}"}`, 'bad-device-id'],
  ['sensor/a/temperature', JSON.stringify({ value: 1, note: long }), 'too-large'],
  ['sensor/a/temperature', JSON.stringify({ value: 2, boot: 1, seq: 2, note: long }), 'too-large'],
  ['sensor/a/temperature', JSON.stringify({ value: 3, timestamp: NOW, note: long }), 'too-large'],
  ['devices/a/telemetry', JSON.stringify({ temperature: 4, co2: 700, note: long }), 'too-large'],
  ['sensor/a/audio', JSON.stringify({ ...AUDIO, data: base64(Buffer.alloc(1600, 7)) }), 'too-large'],
];

test('poison of every kind is listed; what was put right is taken in once, whatever is repeated or killed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'louver-dead-letters-'));
  const config = join(folder, 'louver.yaml');
  let server: LouverProcess | undefined;
  onTestFinished(async () => {
    await server?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  const start = async (limits: string): Promise<LouverProcess> => {
    await writeFile(config, `mqtt: { port: 0 }\nmodel: none\nlimits: { ${limits} }\n`);
    server = await startLouver(join(folder, 'data'), ['--config', config]);
    await ready(server.httpUrl);
    return server;
  };
  const louver = async (...args: string[]) => {
    const { exited, output } = runLouver(['dead-letters', ...args, '--url', server!.httpUrl], {}, folder);
    return { code: await exited, output: output() };
  };
  const listed = async (): Promise<string[]> => {
    const { output } = await louver('list', '--json');
    return (JSON.parse(output) as { dead_letters: { code: string }[] }).dead_letters.map(({ code }) => code);
  };
  const stored = async (sensor: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const answer = await fetch(`${server!.httpUrl}/api/devices/a/data?sensor=${sensor}`);
    return ((await answer.json()) as { readings?: [] }).readings ?? [];
  };

  const strict = await start('scalar_bytes: 200, audio_bytes: 1KiB');
  const client = await connectAsync(strict.mqttUrl);
  for (const [topic, payload] of POISON) await client.publishAsync(topic, payload, { qos: 1 });
  await client.endAsync();
  const codes = POISON.map(([, , code]) => code).sort();
  while ((await listed()).length < POISON.length);
  expect((await listed()).sort()).toEqual(codes);
  const table = await louver('list');
  expect(table.output).toMatch(/13 dead letters: 5 too-large, /);
  const tooSoon = await louver('replay', '--code', 'too-large');
  expect([tooSoon.code, tooSoon.output]).toEqual([
    1,
    expect.stringContaining('0 dead letters taken in, 5 still refused'),
  ]);
  expect(await strict.kill('SIGTERM')).toBe(0);

  const lenient = await start('scalar_bytes: 64KiB, audio_bytes: 2MiB');
  const both = await Promise.all([louver('replay', '--all'), louver('replay', '--code', 'too-large')]);
  expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
  const refused = both.find(({ code }) => code === 1)!.output;
  for (const code of ['not-json', 'wrong-type', 'out-of-range', 'bad-timestamp', 'bad-recording', 'bad-device-id']) {
    expect(refused).toContain(code);
  }
  await lenient.kill('SIGKILL');

  await start('scalar_bytes: 64KiB, audio_bytes: 2MiB');
  await louver('replay', '--all');
  expect((await listed()).sort()).toEqual(codes.filter((code) => code !== 'too-large'));
  // In the journal, and soon in the database.
  const all = [
    ['temperature', 4],
    ['co2', 1],
    ['audio', 1],
  ] as const;
  for (const [sensor, count] of all) while ((await stored(sensor)).length < count);
  const values = (await stored('temperature')).map(({ value }) => value);
  expect(values.sort()).toEqual([1, 2, 3, 4]);
  expect(await stored('co2')).toMatchObject([{ value: 700, time_source: 'server' }]);
  expect(await stored('audio')).toMatchObject([{ timestamp: '2026-01-01T00:00:00.000Z', duration: 0.05 }]);
}, 120_000);

test('killed again and again while hundreds are taken in: each is stored once', async () => {
  const seed = Date.now() % 1_000_000;
  const random = seededRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), 'louver-dead-letters-kill-'));
  const config = join(folder, 'louver.yaml');
  let server: LouverProcess | undefined;
  onTestFinished(async () => {
    await server?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  const start = async (scalarBytes: string): Promise<LouverProcess> => {
    await writeFile(config, `mqtt: { port: 0 }\nmodel: none\nlimits: { scalar_bytes: ${scalarBytes} }\n`);
    server = await startLouver(join(folder, 'data'), ['--config', config]);
    await ready(server.httpUrl);
    return server;
  };
  const replayed = async (at: LouverProcess): Promise<{ readonly taken_in: number; readonly refused: readonly [] }> => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"all": true}' };
    return (await (await fetch(`${at.httpUrl}/api/dead-letters/replay`, init)).json()) as never;
  };

  const COUNT = 900;
  const strict = await start('200');
  const client = await connectAsync(strict.mqttUrl);
  // A third of each: known by its time, by its number, by nothing of its own.
  const body = (value: number) => ({
    value,
    note: long,
    ...(value % 3 === 0 && { timestamp: NOW }),
    ...(value % 3 === 1 && { boot: 1, seq: value }),
  });
  const values = Array.from({ length: COUNT }, (_, i) => i / 10);
  await Promise.all(
    values.map((value, i) => client.publishAsync('sensor/a/co2', JSON.stringify({ ...body(i), value }), { qos: 1 })),
  );
  await client.endAsync();
  await strict.kill('SIGTERM');
  let killedWithin = 0;
  for (let kills = 0; kills < 4; kills++) {
    const running = await start('64KiB');
    let isOver = false;
    const answer = replayed(running).then(
      () => (isOver = true),
      () => undefined,
    );
    await new Promise((resolve) => setTimeout(resolve, random() * 200));
    if (!isOver) killedWithin++;
    await running.kill('SIGKILL');
    await answer;
  }
  const running = await start('64KiB');
  expect(await replayed(running), `seed ${seed}`).toMatchObject({ refused: [] });
  // In the journal: a farewell stores it.
  expect(await running.kill('SIGTERM')).toBe(0);
  const last = await start('64KiB');
  const answer = await fetch(`${last.httpUrl}/api/devices/a/data?sensor=co2&limit=10000`);
  const { readings } = (await answer.json()) as { readonly readings: readonly { readonly value: number }[] };
  const found = readings.map(({ value }) => value).sort((a, b) => a - b);
  expect(found, `seed ${seed}, ${killedWithin} of 4 kills within a replay`).toEqual(values);
  const left = await fetch(`${last.httpUrl}/api/dead-letters`);
  expect(await left.json(), `seed ${seed}`).toEqual({ dead_letters: [] });
}, 120_000);

test('no server: one line and exit code 2', async () => {
  const { exited, output } = runLouver(['dead-letters', 'list', '--url', 'http://127.0.0.1:9']);
  expect(await exited).toBe(2);
  expect(output()).toMatch(/^louver: .*127\.0\.0\.1:9.*\n$/);
});
