import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { defaultContext, TABLE_IDENTITY, type RowKey, type TableName, type Tables } from '@louver/core';
import { manualClock, type ManualClock } from '@louver/core/testkit';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { FileStorage, type FileStorageOptions } from '../src/file-storage.js';
import { all, reading, T0 } from './rows.js';

const TABLE = 'sensor_temperature';
const DAY_MS = 86_400_000;
let folder: string;
let clock: ManualClock;
beforeEach(async () => {
  clock = manualClock(T0);
  folder = await mkdtemp(join(tmpdir(), 'custom-storage-'));
});

async function opened(place: string, options?: FileStorageOptions): Promise<FileStorage> {
  const storage = new FileStorage(place, options);
  onTestFinished(async () => {
    await storage.close();
    await rm(folder, { recursive: true, force: true });
  });
  await storage.open(defaultContext({ clock }));
  return storage;
}

async function filesOf(table: TableName): Promise<readonly string[]> {
  return (await readdir(join(folder, table))).sort().map((name) => join(folder, table, name));
}

function keyOf({ device_id: deviceId, message_id: id, timestamp: ms }: Tables[typeof TABLE]): RowKey {
  return { deviceId, id, fromMs: ms, toMs: ms };
}

test('wherever a crash tears the last batch, all of it is cut off and nothing else', async () => {
  const storage = await opened(folder);
  const [whole, torn] = [
    [reading({ value: 1 }), reading({ value: 2 })],
    [reading({ value: 3 }), reading({ value: 4 })],
  ];
  await storage.write(TABLE, whole);
  const [file] = await filesOf(TABLE);
  const before = (await readFile(file!)).length;
  await storage.write(TABLE, torn);
  await storage.close();
  const after = await readFile(file!);
  // A power failure may leave the length and not the content.
  const zeroed = Buffer.concat([after.subarray(0, before), Buffer.alloc(after.length - before)]);
  // Every length within the last line, and some within the rows.
  const lengths = Array.from({ length: after.length - before }, (_, bytes) => before + bytes);
  const lefts = lengths
    .filter((length) => length % 9 === 0 || after.length - length < 60)
    .map((length) => after.subarray(0, length));
  for (const left of [...lefts, zeroed]) {
    await writeFile(file!, left);
    const again = new FileStorage(folder);
    await again.open(defaultContext({ clock }));
    expect(await all(again.reader, TABLE), `${left.length} bytes left`).toEqual(whole);
    expect(await again.present(TABLE, [...whole, ...torn].map(keyOf))).toEqual([true, true, false, false]);
    await again.close();
    expect((await readFile(file!)).length).toBe(before);
  }
  const again = await opened(folder);
  await again.write(TABLE, torn);
  expect(await all(again.reader, TABLE)).toEqual([...whole, ...torn]);
});

test('a batch that is not as it was written, with others after it, ends the start in words', async () => {
  const storage = await opened(folder);
  for (const value of [1, 2, 3]) await storage.write(TABLE, [reading({ value })]);
  await storage.close();
  const [file] = await filesOf(TABLE);
  const text = await readFile(file!, 'utf8');
  await writeFile(file!, text.replace('"value":2', '"value":7'));
  const again = new FileStorage(folder);
  const at = text.indexOf('\n{"timestamp"', text.indexOf('{"batch"')) + 1;
  const message = expect.stringContaining(`${file} is damaged from byte ${at} on`);
  await expect(again.open(defaultContext({ clock }))).rejects.toMatchObject({ code: 'E_CONFIG', message });
  await writeFile(file!, text);
  await again.open(defaultContext({ clock }));
  expect((await all(again.reader, TABLE)).map(({ value }) => value)).toEqual([1, 2, 3]);
  await again.close();
});

test('a file is followed by another one when it is full, and on another day', async () => {
  const storage = await opened(folder, { maxFileBytes: 1_000 });
  const rows = Array.from({ length: 12 }, (_, i) => reading({ timestamp: T0 + i, value: i }));
  for (const row of rows) await storage.write(TABLE, [row]);
  const full = (await filesOf(TABLE)).length;
  expect(full).toBeGreaterThan(2);
  for (const file of await filesOf(TABLE)) expect((await readFile(file)).length).toBeLessThan(2_000);
  await clock.advance(DAY_MS);
  const late = reading({ timestamp: T0 - 1, value: -1 });
  await storage.write(TABLE, [late]);
  const names = (await filesOf(TABLE)).map((file) => basename(file));
  expect(names).toHaveLength(full + 1);
  expect(names[0]).toBe('000001-2025-10-24.jsonl');
  expect(names.at(-1)).toBe(`${String(full + 1).padStart(6, '0')}-2025-10-25.jsonl`);
  await storage.close();
  const again = await opened(folder, { maxFileBytes: 1_000 });
  expect(await all(again.reader, TABLE)).toEqual([late, ...rows]);
});

test('a look-up and a question read the files of their times and no other', async () => {
  const storage = await opened(folder, { maxFileBytes: 1 });
  const [early, late] = [reading({ timestamp: T0 }), reading({ timestamp: T0 + DAY_MS })];
  await storage.write(TABLE, [early]);
  await storage.write(TABLE, [late]);
  await rm((await filesOf(TABLE))[0]!);
  expect(await storage.present(TABLE, [keyOf(late)])).toEqual([true]);
  const { reader } = storage;
  expect(await reader.readings('temperature', { deviceId: 'kitchen', fromMs: T0 + 1, limit: 9 })).toHaveLength(1);
  const missing = { code: 'E_STORAGE_UNAVAILABLE', message: expect.stringContaining('ENOENT') };
  await expect(storage.present(TABLE, [keyOf(early)])).rejects.toMatchObject(missing);
});

test('a full disk is told of, and what is written when there is room again is there once', async () => {
  const today = new Date(clock.now()).toISOString().slice(0, 10);
  const file = join(folder, TABLE, `000001-${today}.jsonl`);
  const storage = await opened(folder);
  // The file that it is going to begin.
  await symlink('/dev/full', file);
  const rows = [reading(), reading()];
  const full = { code: 'E_STORAGE_UNAVAILABLE', retryable: true, message: expect.stringMatching(/ENOSPC.*make room/) };
  await expect(storage.write(TABLE, rows)).rejects.toMatchObject(full);
  expect(storage.health()).toEqual({ ok: false, reason: expect.stringContaining('the disk is full') });
  expect(await storage.present(TABLE, rows.map(keyOf))).toEqual([false, false]);
  await rm(file);
  // What is left of a write that failed after some of it.
  await writeFile(file, JSON.stringify(rows[0]));
  await storage.write(TABLE, rows);
  expect(storage.health()).toEqual({ ok: true });
  expect(await all(storage.reader, TABLE)).toEqual(rows);
});

test('a folder that cannot be one ends the start, and a second process is refused', async () => {
  await writeFile(join(folder, 'taken'), '');
  const context = defaultContext({ clock });
  for (const place of ['taken', join('taken', 'below')]) {
    const config = { code: 'E_CONFIG', message: expect.stringContaining('name another folder') };
    await expect(new FileStorage(join(folder, place)).open(context)).rejects.toMatchObject(config);
  }
  await opened(join(folder, 'held'));
  await expect(new FileStorage(join(folder, 'held')).open(context)).rejects.toMatchObject({ code: 'E_STORAGE_LOCKED' });
});

test('nothing that a device says becomes a part of a file name', async () => {
  const storage = await opened(folder);
  const hostile = [
    '../../up',
    '/etc/passwd',
    'a\0b',
    'CON',
    '.',
    '..',
    '',
    '__proto__',
    '{"batch":',
    'x'.repeat(5_000),
  ];
  await storage.write(
    'sensor_scalar',
    hostile.map((text) => ({ ...reading({ device_id: text, message_id: text }), quantity: text })),
  );
  const names = (await readdir(folder, { recursive: true })).filter((name) => !name.startsWith('lock'));
  expect(names.sort()).toEqual(
    [...Object.keys(TABLE_IDENTITY), join('sensor_scalar', basename(names.find((n) => n.includes('.jsonl'))!))].sort(),
  );
  expect(names.filter((name) => name.includes('.jsonl'))).toEqual([
    expect.stringMatching(/^sensor_scalar.000001-[\d-]{10}\.jsonl$/),
  ]);
  for (const text of hostile) {
    expect(await storage.reader.readings(text, { deviceId: text, limit: 9 }), text).toHaveLength(1);
  }
});

test('the registry is written anew at a start, with the newest row of each device', async () => {
  const storage = await opened(folder, { maxFileBytes: 1 });
  const device = (id: string, seen: number): Tables['device_registry'] => ({
    device_id: id,
    name: '',
    location: '',
    registered_at: T0,
    last_seen: seen,
    is_active: true,
    config: '{}',
    device_type: '',
    metadata: '{}',
    deleted_at: 0,
  });
  for (const seen of [3, 5, 4]) await storage.write('device_registry', [device('a', seen), device('b', 1)]);
  expect(await filesOf('device_registry')).toHaveLength(3);
  await storage.close();
  const again = await opened(folder);
  const newest = [device('a', 5), device('b', 1)];
  expect(await again.reader.devices()).toEqual(newest);
  const [only, ...others] = await filesOf('device_registry');
  expect(others).toEqual([]);
  const lines = (await readFile(only!, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(lines.slice(0, -1)).toEqual(newest);
});
