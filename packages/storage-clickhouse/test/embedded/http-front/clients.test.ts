import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buffer } from 'node:stream/consumers';
import { ClickHouseError, ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scalarRow, T0 } from '../../support/rows.js';
import { front } from './rig.js';

const engine = front();
const run = promisify(execFile);

beforeAll(() =>
  engine.storage.write(
    'sensor_temperature',
    Array.from({ length: 1000 }, (_, at) => scalarRow({ device_id: `d${at % 10}`, timestamp: T0 + at, value: at / 4 })),
  ),
);

describe.each([
  ['plain', {}],
  ['gzip', { compression: { response: true } }],
  ['multipart', { use_multipart_params_auto: true }],
])('@clickhouse/client, %s', (_name, options) => {
  let client: ClickHouseClient;
  beforeAll(
    () =>
      (client = createClient({
        url: engine.url,
        database: 'iot',
        username: 'reader',
        log: { level: ClickHouseLogLevel.OFF },
        ...options,
      })),
  );
  afterAll(() => client.close());

  test('ping, JSON, JSONEachRow, values', async () => {
    expect(await client.ping()).toEqual({ success: true });
    expect(await client.ping({ select: true })).toEqual({ success: true });
    const whole = await client.query({
      query:
        'SELECT device_id, max(value) AS most FROM sensor_temperature WHERE device_id = {id:String} GROUP BY device_id',
      query_params: { id: 'd3' },
    });
    expect(await whole.json()).toMatchObject({ data: [{ device_id: 'd3', most: 248.25 }], rows: 1 });
    expect(whole.query_id).toMatch(/^[0-9a-f-]{36}$/);
    const odd = {
      text: `it's "a"\t\\b\n{}`,
      list: ["a'b", 'c\\d'],
      when: new Date(T0),
      none: null,
      big: '18446744073709551615',
    };
    const rows = await client.query({
      query:
        'SELECT {text:String} AS text, {list:Array(String)} AS list, {when:DateTime64(3)} AS when, {none:Nullable(String)} AS none, {big:UInt64} AS big',
      format: 'JSONEachRow',
      query_params: { ...odd, text: odd.text },
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1, date_time_output_format: 'iso' },
    });
    expect(await rows.json()).toEqual([{ ...odd, when: '2025-10-24T12:00:00.123Z' }]);
  });

  test('CSV, Parquet, Native bytes', async () => {
    const text = async (format: 'CSVWithNames' | 'TabSeparatedWithNames') =>
      (await client.query({ query: 'SELECT device_id, value FROM sensor_temperature ORDER BY timestamp LIMIT 2', format })).text(); // prettier-ignore
    expect(await text('CSVWithNames')).toBe('"device_id","value"\n"d0",0\n"d1",0.25\n');
    expect(await text('TabSeparatedWithNames')).toBe('device_id\tvalue\nd0\t0\nd1\t0.25\n');
    const parquet = await client.exec({ query: 'SELECT * FROM sensor_temperature FORMAT Parquet' });
    const bytes = await buffer(parquet.stream);
    expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
  });

  test('a stream of many rows, and one that is left', async () => {
    const query = 'SELECT number FROM numbers(300000)';
    let sum = 0;
    const whole = await client.query({ query, format: 'JSONEachRow' });
    for await (const rows of whole.stream<{ number: number }>())
      for (const row of rows) sum += Number(row.json<{ number: number }>().number);
    expect(sum).toBe((300_000 * 299_999) / 2);
    for (let left = 0; left < 10; left++) {
      const half = await client.query({ query: 'SELECT number FROM numbers(1000000000)', format: 'JSONEachRow' });
      for await (const rows of half.stream()) if (rows.length > 0) break;
    }
    // Each had one of eight places: they are free again.
    expect(await (await client.query({ query: 'SELECT 1', format: 'CSV' })).text()).toBe('1\n');
  });

  test('a question that is given up ends in the engine too', async () => {
    const abort = new AbortController();
    const asked = client.query({
      query: 'SELECT sum(sipHash64(number)) FROM numbers(1000000000000)',
      abort_signal: abort.signal,
    });
    const session = new Session(join(engine.folder, 'data'));
    // And neither what is asked about it before it begins nor this question itself.
    const running =
      "SELECT count() FROM system.processes WHERE match(query, '^/. louver reader [^ ]+ ./ SELECT sum.*numbers.1000000000000.')";
    await expect
      .poll(async () => (await session.queryAsync(running, { format: 'CSV' })).text().trim(), { timeout: 10_000 })
      .toBe('1');
    session.close();
    abort.abort();
    await expect(asked).rejects.toThrow(/aborted/);
    const started = performance.now();
    await client.query({ query: 'SELECT 1' }).then((answer) => answer.text());
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('faults, before the answer and in the middle of it', async () => {
    await expect(client.query({ query: 'SELECT * FROM nonsense' })).rejects.toMatchObject({
      code: '60',
      type: 'UNKNOWN_TABLE',
    });
    await expect(client.command({ query: 'DROP TABLE sensor_temperature' })).rejects.toMatchObject({
      type: 'ACCESS_DENIED',
    });
    await expect(client.insert({ table: 'sensor_temperature', values: [{ device_id: 'x' }], format: 'JSONEachRow' })).rejects.toThrow(ClickHouseError); // prettier-ignore
    const late = await client.query({
      query: "SELECT throwIf(number = 300000, 'the late fault') AS a FROM numbers(1000000)",
      format: 'JSONEachRow',
    });
    await expect(late.json()).rejects.toThrow(/the late fault/);
  });
});

test('curl: an answer that is cut short is an error for it too', async () => {
  const curl = (sql: string) => run('curl', ['-sS', '--fail-with-body', `${engine.url}/`, '--data-binary', sql]);
  expect((await curl('SELECT count() FROM iot.sensor_temperature')).stdout).toBe('1000\n');
  await expect(curl('SELECT throwIf(number = 300000) FROM numbers(1000000)')).rejects.toMatchObject({
    code: 18,
    stdout: expect.stringContaining('__exception__') as string,
  });
  await expect(curl("SELECT file('x')")).rejects.toMatchObject({
    code: 22,
    stdout: expect.stringContaining('497') as string,
  });
});

test('pieces of an answer have one head', async () => {
  const rows = 150_000;
  for (const [format, head, lines] of [
    ['CSVWithNames', '"a ""b""\nc","t"\n', 2],
    ['CSVWithNamesAndTypes', '"a ""b""\nc","t"\n"UInt64","String"\n', 3],
    ['TabSeparatedWithNames', 'a "b"\\nc\tt\n', 1],
    ['TSVWithNamesAndTypes', 'a "b"\\nc\tt\nUInt64\tString\n', 2],
    ['JSONCompactEachRowWithNames', '["a \\"b\\"\\nc", "t"]\n', 1],
    ['JSONCompactEachRowWithNamesAndTypes', '["a \\"b\\"\\nc", "t"]\n["UInt64", "String"]\n', 2],
  ] as const) {
    const sql = (from: string) => `SELECT number AS \`a "b"\nc\`, 'x' AS t FROM ${from} FORMAT ${format}`;
    const text = await engine.ask(sql(`numbers(${rows})`));
    expect([format, text.slice(0, head.length)]).toEqual([format, head]);
    expect([format, text.split('\n').length - 1]).toEqual([format, rows + lines]);
    // No rows: the head all the same.
    expect([format, await engine.ask(sql('numbers(0)'))]).toEqual([format, head]);
  }
  for (const [format, head] of [
    ['RowBinaryWithNames', '\x02\x01a\x01t'],
    ['RowBinaryWithNamesAndTypes', '\x02\x01a\x01t\x06UInt64\x06String'],
    ['RowBinary', ''],
  ] as const) {
    const body = `SELECT number AS a, 'x' AS t FROM numbers(${rows}) FORMAT ${format}`;
    const bytes = Buffer.from(await (await fetch(engine.url, { method: 'POST', body })).arrayBuffer());
    expect([format, bytes.toString('latin1', 0, head.length), bytes.length]).toEqual([
      format,
      head,
      head.length + rows * 10,
    ]);
    expect(bytes.readBigUInt64LE(head.length + (rows - 1) * 10)).toBe(BigInt(rows - 1));
  }
});

test('totals and extremes stand once, at the end', async () => {
  const sql = 'SELECT number AS k, count() AS n FROM numbers(150000) GROUP BY k WITH TOTALS ORDER BY k FORMAT CSV';
  const text = await engine.ask(sql, { extremes: '1' });
  expect(text.split('\n').slice(-7)).toEqual(['149999,1', '', '0,150000', '', '0,1', '149999,1', '']);
  expect(await engine.ask('SELECT number FROM numbers(150000) FORMAT CSV', { extremes: '1' })).toMatch(
    /\n149999\n\n0\n149999\n$/,
  );
});
