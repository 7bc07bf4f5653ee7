import { TABLES } from '@louver/storage-clickhouse';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dashboards, queriesOf, type DashboardJson, type Query } from './support/dashboards.js';
import { startEngine, type Answer, type Engine } from './support/engine.js';
import { expand } from './support/expand.js';
import { DAY, SEEDED_DAY, write } from './support/seeded-day.js';

const HOUR_MS = 3_600_000;
const SITUATION = { ...DAY, intervalMs: HOUR_MS, variables: { device_id: 'kitchen' } };

let engine: Engine;
let files: ReadonlyMap<string, DashboardJson>;
let queries: readonly Query[];
beforeAll(async () => {
  [engine, files] = await Promise.all([startEngine(), dashboards()]);
  queries = queriesOf(files);
  await write(engine.storage, SEEDED_DAY);
  await engine.copyTables('empty');
});
afterAll(() => engine.close());

/** What Grafana needs of the columns. */
function shapeProblem({ panel, queryType }: Query, { meta }: Answer): string | undefined {
  const kindOf = (type: string): 'time' | 'number' | 'text' | 'other' => {
    const bare = type.replace(/^(?:Nullable|LowCardinality)\((.*)\)$/, '$1');
    if (/^Date(Time(64)?)?\b/.test(bare)) return 'time';
    if (/^(U?Int|Float|Decimal)/.test(bare)) return 'number';
    return bare === 'String' ? 'text' : 'other';
  };
  const kinds = meta.map(({ type }) => kindOf(type));
  const count = (kind: string): number => kinds.filter((each) => each === kind).length;
  if (kinds.includes('other')) return 'a column that Grafana has no type for';
  if (queryType === 'timeseries' && (kinds[0] !== 'time' || meta[0]!.name !== 'time')) return 'no time at first';
  switch (panel.type) {
    case 'timeseries':
    case 'heatmap':
      return queryType === 'timeseries' && count('number') > 0 && count('time') === 1 ? undefined : 'no series';
    case 'stat':
      return kinds.every((kind) => kind === 'number') ? undefined : 'not only numbers';
    case 'gauge':
      return kinds[0] === 'text' && count('number') === 1 && kinds.length === 2 ? undefined : 'no number by name';
    case 'histogram':
      return meta[0]!.name === 'xMin' && meta[1]!.name === 'xMax' && count('number') === 3 ? undefined : 'no bins';
    case 'barchart':
      return meta[0]!.name === panel.options?.['xField'] && count('number') > 0 && kinds[0] !== 'number'
        ? undefined
        : 'no bars';
    case 'table':
      return undefined;
    default:
      return `type ${panel.type} is not known here`;
  }
}

test('every query runs on the filled tables: rows come back, with the columns that its panel needs', async () => {
  const problems: string[] = [];
  expect(queries.length).toBeGreaterThan(30);
  for (const query of queries) {
    const answer = await engine.ask(expand(query.sql, SITUATION));
    const problem = answer.data.length === 0 ? 'no rows' : shapeProblem(query, answer);
    if (problem !== undefined) problems.push(`${query.dashboard}: ${query.panel.title} ${query.refId}: ${problem}`);
  }
  expect(problems).toEqual([]);
});

test('every query runs on empty tables: no error, and the same columns', async () => {
  for (const query of queries) {
    const sql = expand(query.sql, SITUATION);
    const [filled, empty] = [await engine.ask(sql), await engine.ask(sql, 'empty')];
    expect(empty.meta, query.panel.title).toEqual(filled.meta);
    expect(empty.data.length, query.panel.title).toBeLessThanOrEqual(1);
  }
});

test('every query knows the time range and the device: one in the far past has nothing to say', async () => {
  const past = { ...SITUATION, fromMs: 0, toMs: HOUR_MS };
  const always = new Set(['Active devices', 'System health', 'Devices', 'Device', 'Device last seen', 'Message throughput']); // prettier-ignore
  for (const { sql, panel } of queries) {
    if (always.has(panel.title)) continue;
    expect((await engine.ask(expand(sql, past))).data, panel.title).toEqual([]);
  }
});

test('a device whose name would end a text is only a name', async () => {
  const hostile = { ...SITUATION, variables: { device_id: "x' OR 1 = 1 --" } };
  for (const { sql, dashboard, panel } of queries) {
    if (dashboard !== 'device-detail' && dashboard !== 'audio-analysis') continue;
    expect((await engine.ask(expand(sql, hostile))).data, panel.title).toEqual([]);
  }
});

test('the variable offers the devices in use', async () => {
  const { query } = files.get('device-detail')!.templating.list![0]!;
  const { data } = await engine.ask(expand(query, SITUATION));
  expect(data).toEqual([{ device_id: 'attic' }, { device_id: 'cellar' }, { device_id: 'kitchen' }]);
});

/** Columns that no panel shows: ids and notes of programs. */
const UNSEEN: Readonly<Record<string, readonly string[]>> = {
  sensor_temperature: ['message_id', 'time_source', 'device_timestamp'],
  sensor_humidity: ['message_id', 'time_source', 'device_timestamp'],
  sensor_scalar: ['quantity', 'value', 'message_id', 'time_source', 'device_timestamp'],
  sensor_audio: ['sample_rate', 'audio_hash', 'message_id', 'time_source', 'device_timestamp'],
  window_actions: ['temperature', 'humidity', 'audio_hash', 'request_id'],
  ml_predictions: ['request_id'],
  device_registry: ['config', 'metadata'],
  window_states: ['target', 'message_id'],
  device_events: ['timestamp', 'device_id', 'event', 'detail'],
  dead_letters: ['payload', 'message_id'],
};

const succeeds = (sql: string): Promise<boolean> =>
  engine.ask(sql, 'renamed').then(
    () => true,
    () => false,
  );

test('a column of the schema that is renamed turns a query red, but for those that no panel shows', async () => {
  const expanded = queries.map(({ sql }) => expand(sql, SITUATION));
  const unnoticed: Record<string, string[]> = {};
  await engine.copyTables('renamed');
  for (const schema of TABLES) {
    const { name: table, columns, extension } = schema;
    const concerned = expanded.filter((sql) => new RegExp(`\\b${table}\\b`).test(sql));
    for (const { name: column } of [...columns, ...extension]) {
      await engine.copyTable('renamed', schema, column);
      let isNoticed = false;
      for (const sql of concerned) if (!isNoticed) isNoticed = !(await succeeds(sql));
      if (!isNoticed) (unnoticed[table] ??= []).push(column);
    }
    await engine.copyTable('renamed', schema);
  }
  expect(unnoticed).toEqual(UNSEEN);
});
