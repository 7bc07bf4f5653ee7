import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContext, type Journal } from '@louver/core';
import { createRequire } from 'node:module';
import { expect, onTestFinished, test, vi } from 'vitest';
import { crc32 } from '../packages/core/src/journal/crc32.js';
import { FORMAT_VERSION } from '../packages/core/src/journal/format.js';
import { fileJournal } from '../packages/core/src/journal/index.js';
import { delivery, readAll } from '../packages/core/test/journal/support.js';
import { latestTemperature, ready } from '../packages/server/test/support/api.js';
import { startLouver } from '../packages/server/test/support/louver-process.js';

const FIXTURES = join(import.meta.dirname, 'fixtures');

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'louver-upgrade-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function json<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(join(FIXTURES, name), 'utf8')) as T;
}

/** Every file of a folder with its content. */
async function content(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'hex')] as const)),
  );
}

interface ExpectedJournal {
  readonly id: string;
  readonly segments: readonly string[];
  readonly nextPosition: number;
  readonly entries: readonly { position: number; stored: string[]; inDoubt: string[]; record: object }[];
}

async function journalV1(): Promise<{ folder: string; expected: ExpectedJournal }> {
  const folder = join(await temporaryFolder(), 'journal');
  await cp(join(FIXTURES, 'journal-v1/journal'), folder, { recursive: true });
  return { folder, expected: await json('journal-v1/expected.json') };
}

/** As the fixture has it: bytes in base64, and numbers that JSON does not know as text. */
async function readLikeExpected(journal: Journal): Promise<unknown[]> {
  return (await readAll(journal)).map(({ position, stored, inDoubt, record, replayed }) => {
    expect(replayed).toBe(true);
    const plain =
      record.type === 'delivery' ? { ...record, payload: Buffer.from(record.payload).toString('base64') } : record;
    const text = JSON.stringify({ position, stored, inDoubt, record: plain }, (_key, value: unknown) =>
      typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
        ? { number: Object.is(value, -0) ? '-0' : String(value) }
        : value,
    );
    return JSON.parse(text) as unknown;
  });
}

test('R17: a journal of format 1 is opened exactly, and goes on', async () => {
  const { folder, expected } = await journalV1();
  const before = await content(folder);
  let journal = fileJournal(folder);
  await journal.open(defaultContext());
  expect(journal.id).toBe(expected.id);
  expect(await readLikeExpected(journal)).toEqual(expected.entries);
  const { first } = await journal.append([
    { ...delivery('new'), retained: true },
    { type: 'note', key: 'k', value: '1' },
  ]);
  expect(first).toBe(expected.nextPosition);
  await journal.close();
  // What was written then is as it was; what is new is in a segment of its own. The last of the old ones held nothing any more.
  const after = await content(folder);
  for (const name of expected.segments.slice(0, -1)) expect(after.get(name)).toBe(before.get(name));
  const fresh = [...after.keys()].filter((name) => name.endsWith('.seg') && !before.has(name));
  expect(fresh).toHaveLength(1);

  journal = fileJournal(folder);
  await journal.open(defaultContext());
  expect((await readAll(journal)).map(({ position }) => position)).toEqual([
    ...expected.entries.map(({ position }) => position),
    first,
    first + 1,
  ]);
  journal.settle(expected.entries.map(({ position }) => position));
  await journal.close();
  journal = fileJournal(folder);
  await journal.open(defaultContext());
  expect((await readAll(journal)).map(({ position }) => position)).toEqual([first, first + 1]);
  expect((await journal.append([delivery('next')])).first).toBe(first + 2);
  await journal.close();
});

test.each(['the only one', 'one among others'])(
  'R17: a segment of format version + 1 (%s) is refused, and the folder is left byte for byte',
  async (which) => {
    const { folder, expected } = await journalV1();
    const last = join(folder, expected.segments.at(-1)!);
    const bytes = await readFile(last);
    for (const at of [0, 64]) {
      bytes.writeUInt32LE(FORMAT_VERSION + 1, at + 8);
      bytes.writeUInt32LE(crc32(bytes.subarray(at, at + 60)), at + 60);
    }
    await writeFile(last, bytes);
    if (which === 'the only one') {
      for (const name of expected.segments.slice(0, -1)) await rm(join(folder, name));
    }
    const before = await content(folder);
    await expect(fileJournal(folder).open(defaultContext())).rejects.toMatchObject({
      code: 'E_JOURNAL_DAMAGED',
      message: expect.stringMatching(`version ${FORMAT_VERSION + 1}.*Nothing was changed`) as string,
    });
    expect(await content(folder)).toEqual(before);
  },
);

interface ExpectedDatabase {
  readonly journaled: { readonly deviceId: string; readonly readings: readonly { value: number; timestamp: string }[] };
  readonly rows: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

test('R17: a data directory of the first release is served: every row once, also those that waited in its journal', async () => {
  const folder = await temporaryFolder();
  execFileSync('tar', ['-xzf', join(FIXTURES, 'db-v1.tar.gz'), '-C', folder]);
  const data = join(folder, 'db-v1');
  const { journaled, rows } = await json<ExpectedDatabase>('db-v1.json');
  const louver = await startLouver(data, ['--no-model', '--log-level', 'warn']);
  try {
    await ready(louver.httpUrl);
    const newest = journaled.readings.at(-1)!.value;
    await vi.waitUntil(async () => (await latestTemperature(louver.httpUrl, journaled.deviceId)) === newest, {
      timeout: 30_000,
    });
  } finally {
    // In order: what waits is stored first.
    await louver.kill('SIGTERM');
  }
  const database = openDatabase(join(data, 'clickhouse'));
  try {
    for (const [table, expected] of Object.entries(rows)) {
      const columns = Object.keys(expected[0]!);
      // The registry is rewritten as devices are seen: the newest row of each counts, and what it says of when is new.
      const isRegistry = table === 'device_registry';
      const stable = columns.filter((column) => !isRegistry || !['last_seen', 'is_active'].includes(column));
      const found = database.rows(`SELECT ${stable.join(', ')} FROM iot.${table}${isRegistry ? ' FINAL' : ''}`);
      for (const row of expected) {
        const text = JSON.stringify(Object.fromEntries(stable.map((column) => [column, row[column]])));
        expect(
          found.filter((each) => each === text),
          `${table}: ${text}`,
        ).toHaveLength(1);
      }
      // Nothing else but what waited, and events of now.
      const more = { sensor_temperature: journaled.readings.length, device_registry: 1 }[table] ?? 0;
      if (table !== 'device_events') expect(found, table).toHaveLength(expected.length + more);
    }
    const stored = database.rows(
      `SELECT value, timestamp FROM iot.sensor_temperature WHERE device_id = '${journaled.deviceId}' ORDER BY timestamp`,
    );
    expect(stored).toEqual(
      journaled.readings.map(({ value, timestamp }) =>
        JSON.stringify({ value, timestamp: timestamp.replace('T', ' ').replace('Z', '') }),
      ),
    );
  } finally {
    database.close();
  }
});

/** Straight from the engine, as the fixture's rows were. */
function openDatabase(path: string): { rows(sql: string): string[]; close(): void } {
  const { Session } = createRequire(import.meta.url)('chdb') as {
    Session: new (path: string) => { query(sql: string, format: string): unknown; close(): void };
  };
  const session = new Session(path);
  return {
    rows: (sql) =>
      String(session.query(`${sql} SETTINGS output_format_json_quote_denormals = 1`, 'JSONEachRow'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.stringify(JSON.parse(line))),
    close: () => session.close(),
  };
}
