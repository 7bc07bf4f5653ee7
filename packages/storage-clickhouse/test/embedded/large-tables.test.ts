import { defaultContext, type HistoryQuery, type RowKey, type StorageReader } from '@louver/core';
import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection, Params } from '../../src/connection.js';
import { embeddedClickhouse } from '../../src/embedded/index.js';
import { findPresent } from '../../src/read/present.js';
import { ClickhouseReader } from '../../src/read/reader.js';
import { parseRows, type ReadRow } from '../../src/read/rows.js';
import { tempFolder } from '../support/temp-folder.js';

/** Rows of each large table; two months of 1,000 devices. */
const ROWS = 4_000_000;
const DEVICES = 1_000;
const BEGIN = Date.UTC(2025, 8, 1);
const STEP_MS = Math.floor((61 * 86_400_000) / (ROWS / DEVICES));
const DEVICE = 'device-517';
const HOUR = 3_600_000;
const END = BEGIN + (ROWS / DEVICES - 1) * STEP_MS;
/** Of one table. */
const MOST = 0.01;

interface Asked {
  readonly sql: string;
  readonly params: Params;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly Description?: string;
  readonly Indexes?: readonly { readonly 'Selected Granules'?: number }[];
  readonly Plans?: readonly PlanNode[];
}

/** Granules that a plan reads, by table. */
function granulesOf(node: PlanNode, found = new Map<string, number>()): ReadonlyMap<string, number> {
  if (node['Node Type'] === 'ReadFromMergeTree') {
    const table = String(node.Description);
    found.set(table, (found.get(table) ?? 0) + (node.Indexes?.at(-1)?.['Selected Granules'] ?? Infinity));
  }
  for (const below of node.Plans ?? []) granulesOf(below, found);
  return found;
}

describe('large tables', () => {
  const folder = tempFolder();
  let session: Session;
  let asked: Asked[] = [];
  let granules: ReadonlyMap<string, number>;

  const select = async (sql: string, params: Params = {}): Promise<ReadRow[]> =>
    parseRows((await session.queryBindAsync(sql, params, { format: 'JSONEachRow' })).text());

  async function query(sql: string, params: Params): Promise<string> {
    const result = await session.queryBindAsync(sql, params, { format: 'JSONEachRow' });
    asked.push({ sql, params });
    return result.text();
  }

  const reader: StorageReader = new ClickhouseReader(
    {
      ask: (question) => question(query),
      async *stream(sql, params) {
        yield await parseRows(await query(sql, params));
      },
    },
    'iot',
  );
  const connection: Connection = {
    query,
    insert: () => Promise.reject(new Error('nothing is inserted here')),
    stream: () => {
      throw new Error('nothing is streamed here');
    },
    copy: () => Promise.reject(new Error('nothing is copied here')),
    command: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };

  beforeAll(async () => {
    const storage = embeddedClickhouse({ path: folder, fsync: false });
    await storage.open(defaultContext());
    await storage.close();
    session = new Session(folder);
    const time = `fromUnixTimestamp64Milli(toInt64(${BEGIN} + intDiv(number, ${DEVICES}) * ${STEP_MS}))`;
    const device = `concat('device-', toString(number % ${DEVICES}))`;
    const id = 'toString(number)';
    const values: Readonly<Record<string, string>> = {
      sensor_temperature: `${time}, ${device}, number % 400 / 10, ${id}, ${time}, 'device', ''`,
      sensor_scalar: `${time}, ${device}, if(number % 7 = 0, 'co2', 'pm25'), number % 400, ${id}, ${time}, 'device', ''`,
      sensor_audio: `${time}, ${device}, 16000, 2, 'wav', ${id}, '{"recipe":"r","values":{"rms_mean":0.5}}', ${id}, ${time}, 'device', ''`,
      window_actions: `${time}, ${device}, 50, 0.9, 20, 50, '', ${id}, ${id}, 'model', 'v1'`,
      ml_predictions: `${time}, ${device}, 50, 0.9, 1, 'v1', ${id}, false, '', 50`,
      dead_letters: `${time}, 'topic', ${device}, multiIf(number % 50 = 0, 'replayed', number = 1001, 'rare', 'not-json'), 'detail', 'e30=', toString(if(number % 50 = 0, number + 1000, number))`,
    };
    // One row of each device in each insert, and an insert is of one month: as they come.
    for (const [table, row] of Object.entries(values)) {
      await session.queryAsync(
        `INSERT INTO iot.${table} SELECT ${row} FROM numbers(${ROWS}) SETTINGS max_insert_block_size = 1000000`,
      );
    }
    const parts = await select(
      "SELECT table, sum(marks - 1) AS granules FROM system.parts WHERE database = 'iot' AND active GROUP BY table",
    );
    granules = new Map(parts.map((row) => [`iot.${String(row['table'])}`, Number(row['granules'])]));
  }, 180_000);
  afterAll(() => session.close());

  const range = { deviceId: DEVICE, fromMs: END - 24 * HOUR, toMs: END, limit: 100 };
  const week: HistoryQuery = { ...range, fromMs: END - 7 * 24 * HOUR, intervalMs: HOUR, aggregation: 'mean' };
  const exhaust = async (batches: AsyncIterable<readonly unknown[]>): Promise<unknown[]> => {
    const found: unknown[] = [];
    for await (const batch of batches) found.push(...batch);
    return found;
  };
  const keys = (count: number, atMs: number, lookBackMs: number): RowKey[] =>
    Array.from({ length: count }, (_, i) => ({
      deviceId: `device-${i}`,
      fromMs: atMs - lookBackMs,
      toMs: atMs,
      id: String(((atMs - BEGIN) / STEP_MS) * DEVICES + i),
    }));
  const noon = BEGIN + Math.floor((30 * 86_400_000) / STEP_MS) * STEP_MS;

  const questions: Readonly<Record<string, () => Promise<readonly unknown[]>>> = {
    latest: () => reader.latest(),
    'latest of one device': () => reader.latest(DEVICE),
    readings: () => reader.readings('temperature', range),
    'the newest readings of a device': () => reader.readings('temperature', { deviceId: DEVICE, limit: 10 }),
    'readings of another quantity': () => reader.readings('pm25', range),
    history: () => exhaust(reader.history('temperature', week)),
    'history of another quantity': () => exhaust(reader.history('pm25', week)),
    recordings: () => reader.recordings(range),
    'the newest recording of a device': () => reader.recordings({ deviceId: DEVICE, limit: 1 }),
    features: () => exhaust(reader.features({ ...range, columns: ['rms_mean'] })),
    actions: () => reader.actions(range),
    predictions: () => reader.predictions(range),
    rows: () => exhaust(reader.rows('sensor_temperature', range)),
    lastActions: () => reader.lastActions(),
    lastRecordings: () => reader.lastRecordings(END - HOUR),
    newestMs: async () => [await reader.newestMs()],
    'dead letters': () => reader.deadLetters({ limit: 3 }),
    'dead letters of a device': () => reader.deadLetters({ limit: 3, deviceId: DEVICE }),
    'dead letters of a time': () => reader.deadLetters({ limit: 3, fromMs: noon - HOUR, toMs: noon }),
    'dead letters with a rare code': () => reader.deadLetters({ limit: 3, code: 'rare' }),
    'a dead letter with a code that nobody has': async () => [await reader.deadLetters({ limit: 3, code: 'none' })],
    'one dead letter': () => reader.deadLetters({ limit: 1, messageIds: ['3999517'] }),
    'keys of one device': () => findPresent(connection, 'iot', 'sensor_temperature', keys(1, noon, 0)),
    'a key that may be anywhere in a week': () =>
      findPresent(connection, 'iot', 'sensor_temperature', keys(1, noon, 7 * 24 * HOUR)),
  };

  test.each(Object.keys(questions))('%s: at most 1 % of the granules', async (name) => {
    asked = [];
    const found = await questions[name]!();
    expect(found.length).toBeGreaterThan(0);
    expect(asked.length).toBeGreaterThan(0);
    for (const { sql, params } of asked) {
      // A plan does not show what a subquery of IN reads.
      expect(sql).not.toMatch(/\bIN \(?SELECT/);
      const [plan] = await select(`EXPLAIN indexes = 1, json = 1 ${sql}`, params).then((rows) =>
        rows.map((row) => JSON.parse(String(row['explain'])) as readonly { readonly Plan: PlanNode }[]),
      );
      for (const [table, read] of granulesOf(plan![0]!.Plan)) {
        // What is kept of each device has a row each, however many rows there are.
        if ((granules.get(table) ?? 0) < 100) continue;
        expect(
          read / granules.get(table)!,
          `${sql} reads ${read} of ${granules.get(table)} of ${table}`,
        ).toBeLessThanOrEqual(MOST);
      }
    }
  });
});
