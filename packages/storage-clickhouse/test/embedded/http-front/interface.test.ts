import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { front } from './rig.js';

const engine = front();
const get = (path: string, init: RequestInit = {}) => fetch(`${engine.url}${path}`, init);

test('probes are answered without credentials', async () => {
  for (const path of ['/ping', '/']) expect(await (await get(path)).text()).toBe('Ok.\n');
  expect((await get('/play')).status).toBe(404);
  expect((await get('/?query=SELECT%201', { method: 'DELETE' })).status).toBe(405);
});

test('a statement by GET, by POST, in both, and as a form', async () => {
  expect(await (await get('/?query=SELECT%201')).text()).toBe('1\n');
  expect(await engine.ask('SELECT 2')).toBe('2\n');
  expect(await engine.ask('+ 1', { query: 'SELECT 2' })).toBe('3\n');
  const form = new FormData();
  form.set('query', 'SELECT {text:String}, {list:Array(String)}');
  form.set('param_text', "it's\\ta");
  form.set('param_list', "['a','b\\'c']");
  const answer = await get('/?default_format=JSONCompactEachRow', { method: 'POST', body: form });
  expect(await answer.text()).toBe(`["it's\\ta", ["a","b'c"]]\n`);
});

test('headers of an answer', async () => {
  const answer = await get('/?query=SELECT+1+AS+a+FORMAT+JSON&query_id=mine&session_timezone=Europe/Berlin');
  expect(await answer.json()).toMatchObject({ data: [{ a: 1 }], rows: 1 });
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'application/json; charset=UTF-8',
    'x-clickhouse-query-id': 'mine',
    'x-clickhouse-format': 'JSON',
    'x-clickhouse-timezone': 'Europe/Berlin',
    'x-clickhouse-exception-tag': expect.stringMatching(/^[a-z]{16}$/) as string,
    'x-content-type-options': 'nosniff',
  });
});

test('the format of the statement comes before the one of the header and the URL', async () => {
  expect(await engine.ask('SELECT 1 AS a')).toBe('1\n');
  expect(await engine.ask('SELECT 1 AS a', { default_format: 'JSONEachRow' })).toBe('{"a":1}\n');
  expect(await engine.ask('SELECT 1 AS a', { default_format: 'CSV' }, { 'x-clickhouse-format': 'JSONEachRow' })).toBe(
    '{"a":1}\n',
  );
  expect(await engine.ask('SELECT 1 AS a FORMAT CSVWithNames', { default_format: 'JSON' })).toBe('"a"\n1\n');
  expect(await engine.ask('SHOW TABLES FORMAT JSONEachRow')).toContain('{"name":"device_latest"}');
  expect(await engine.ask('SELECT 1 FORMAT Nonsense')).toMatch(/^404 73: .*Unknown format Nonsense/);
});

test('settings at the end of a statement are as those of the request, and come before them', async () => {
  const sql = 'SELECT 18446744073709551615 AS a SETTINGS output_format_json_quote_64bit_integers = 1, max_threads = 2';
  expect(await engine.ask(`${sql} FORMAT JSONEachRow`, { output_format_json_quote_64bit_integers: '0' })).toBe('{"a":"18446744073709551615"}\n'); // prettier-ignore
  expect(await engine.ask(`SELECT 1 FORMAT CSV SETTINGS format_csv_delimiter = ';'`)).toBe('1\n');
  expect(await engine.ask('SELECT 1 SETTINGS allow_ddl = 1')).toMatch(/^500 164: .*Cannot modify 'allow_ddl'/);
  // In a subquery the engine lets them undo every limit.
  for (const sql of [
    'SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 900)',
    'SELECT (SELECT 1 SETTINGS readonly = 0)',
    'WITH a AS (SELECT 1 SETTINGS max_memory_usage = 0) SELECT * FROM a',
    '(SELECT 1 SETTINGS max_execution_time = 900) UNION ALL SELECT 2',
    'SELECT * FROM view(SELECT 1 SETTINGS max_execution_time = 900)',
    'EXPLAIN SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 900)',
    'SELECT 1 WHERE 1 IN (SELECT 1 SETTINGS max_execution_time = 900) SETTINGS extremes = 0',
  ]) {
    expect(await engine.ask(sql), sql).toMatch(/^403 497: .*SETTINGS of a subquery are not for readers/);
  }
  expect(await engine.ask("SELECT 'SETTINGS a = 1' AS settings, 1 AS other")).toBe('SETTINGS a = 1\t1\n');
});

test('settings that say how an answer looks are taken, others are refused as for any reader', async () => {
  expect(await engine.ask('SELECT number FROM numbers(10)', { limit: '2' })).toBe('0\n1\n');
  expect(await engine.ask('SELECT 18446744073709551615 AS a FORMAT JSONEachRow', { output_format_json_quote_64bit_integers: '1' })).toBe('{"a":"18446744073709551615"}\n'); // prettier-ignore
  expect(await engine.ask('SELECT number FROM numbers(4)', { offset: '3', max_result_bytes: '40' })).toBe('3\n'); // prettier-ignore
  expect(await engine.ask('SELECT toHour(toDateTime(0))', { session_timezone: 'Asia/Tokyo' })).toBe('9\n');
  expect(await engine.ask('SELECT 1', { log_comment: 'x', max_threads: '4', quota_key: 'k', readonly: '1' })).toBe(
    '1\n',
  );
  for (const name of ['max_parser_depth', 'output_format_schema', 'format_template_row', 'allow_ddl', 'nonsense'])
    expect(await engine.ask('SELECT 1', { [name]: '1' })).toMatch(/^500 164: .*Cannot modify/);
  expect(await engine.ask('SELECT 1', { output_format_nonsense: '1' })).toMatch(/^404 115: /);
  expect(await engine.ask("SELECT getSetting('max_execution_time')", { max_execution_time: '65' })).toBe('30\n');
  expect(await engine.ask("SELECT getSetting('max_execution_time')", { max_execution_time: '0' })).toBe('30\n');
  expect(await engine.ask("SELECT getSetting('max_execution_time')", { max_execution_time: '2' })).toBe('2\n');
  expect(await engine.ask("SELECT getSetting('max_memory_usage'), getSetting('readonly')", { max_memory_usage: '0', readonly: '0' })).toBe(`${256 * 1024 ** 2}\t1\n`); // prettier-ignore
});

test('gzip, both ways', async () => {
  const body = gzipSync('SELECT 1');
  const packed = await get('/?enable_http_compression=1', {
    method: 'POST',
    body,
    headers: { 'content-encoding': 'gzip' },
  });
  expect([packed.headers.get('content-encoding'), await packed.text()]).toEqual(['gzip', '1\n']);
  const plain = await get('/?enable_http_compression=0&query=SELECT+1');
  expect([plain.headers.get('content-encoding'), await plain.text()]).toEqual([null, '1\n']);
  expect(() => gunzipSync(Buffer.from('1\n'))).toThrow();
  expect(await engine.ask('x', {}, { 'content-encoding': 'gzip' })).toMatch(/^500 354: /);
  expect(await engine.ask('x', {}, { 'content-encoding': 'br' })).toMatch(/^501 48: /);
  expect(await engine.ask('SELECT 1', { compress: '1' })).toMatch(/^501 48: .*compress=0/);
});

test('faults of a statement have the code and the status that ClickHouse gives them', async () => {
  for (const [sql, expected] of [
    ['', /^400 62: Code: 62\. DB::Exception: .*\(SYNTAX_ERROR\)/],
    ['SELECT', /^400 62: /],
    ["SELECT 'a\0' (", /^400 62: Code: 62\. /],
    ['SELECT * FROM nonsense', /^404 60: .*UNKNOWN_TABLE/],
    ['SELECT nonsense FROM sensor_scalar', /^400 47: /],
    ['SELECT nonsense()', /^404 46: /],
    ['SELECT {a:String}', /^400 456: /],
    ['SELECT * FROM {a:Identifier}', /^400 456: /],
    ['SELECT throwIf(number = 3) FROM numbers(10)', /^500 395: /],
  ] as const)
    expect([sql, await engine.ask(sql)]).toEqual([sql, expect.stringMatching(expected)]);
  expect(await engine.ask('SELECT 1', { database: 'nonsense' })).toMatch(/^404 81: /);
  expect(await engine.ask('SELECT 1', { param_a: 'x' })).toBe('1\n');
  expect(await engine.ask('SELECT {a:UInt8}', { param_a: 'x' })).toMatch(/^400 457: /);
});

test('identifiers come as values too', async () => {
  const sql = 'SELECT count() FROM {db:Identifier}.{table:Identifier} AS t WHERE {column:Identifier} = {id:String}';
  const fields = { param_db: 'iot', param_table: 'sensor_scalar', param_column: 'device_id', param_id: 'x' };
  expect(await engine.ask(sql, fields)).toBe('0\n');
  expect(await engine.ask(sql, { ...fields, param_table: 'a `b` "c\\' })).toMatch(/^404 60: .*iot\.a `b` "c/);
});

test('many long identifiers are refused before they are put together', async () => {
  const sql = `SELECT ${Array(1000).fill('{a:Identifier}').join(', ')}`;
  expect(await engine.ask(sql, { param_a: 'x'.repeat(1000) })).toMatch(/^400 62: .*Max query size exceeded/);
  expect(await engine.ask(sql, { param_a: 'x' })).toMatch(/^400 47: /);
});

test('a body that is too large is refused', async () => {
  expect(await engine.ask(`SELECT '${'x'.repeat(1024 ** 2)}'`)).toMatch(/^413 307: /);
  expect(await engine.ask('SELECT 1')).toBe('1\n');
});
