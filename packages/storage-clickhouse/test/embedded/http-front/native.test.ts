import { expect, test } from 'vitest';
import { nativeBlocks } from '../../../src/embedded/http-front/native-blocks.js';
import { front } from './rig.js';

const engine = front();

/** What clickhouse-go sends over HTTP: the version of its protocol, at each question. */
const GO = '54460';
/** The same of clickhouse-connect (Python): blocks have a head, columns no mark. */
const PYTHON = '54405';

async function native(sql: string, version: string): Promise<Buffer> {
  const fields = new URLSearchParams({
    default_format: 'Native',
    client_protocol_version: version,
    enable_http_compression: '0',
  });
  const answer = await fetch(`${engine.url}/?${fields}`, { method: 'POST', body: sql });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok) throw new Error(bytes.toString());
  return bytes;
}

/** Written by hand from the format's documentation: https://clickhouse.com/docs/interfaces/formats/Native */
const INFO = [0x01, 0x00, 0x02, 0xff, 0xff, 0xff, 0xff, 0x00];
const text = (value: string) => [value.length, ...Buffer.from(value, 'latin1')];

test('a block without a version, with a head, and with marks', async () => {
  const sql = "SELECT toUInt8(7) AS a, 'xy' AS b";
  const block = (mark: number[]) => [
    2, 1,
    ...text('a'), ...text('UInt8'), ...mark, 7,
    ...text('b'), ...text('String'), ...mark, ...text('xy'),
  ]; // prettier-ignore
  expect([...(await native(sql, '0'))]).toEqual(block([]));
  expect([...(await native(sql, PYTHON))]).toEqual([...INFO, ...block([])]);
  expect([...(await native(sql, '54453'))]).toEqual([...INFO, ...block([])]);
  expect([...(await native(sql, '54454'))]).toEqual([...INFO, ...block([0])]);
  expect([...(await native(sql, GO))]).toEqual([...INFO, ...block([0])]);
});

const TYPES: readonly (readonly [string, string])[] = [
  ["toInt8(-1)", 'Int8'], ['true', 'Bool'], ["CAST('a' AS Enum8('a' = 1, 'b(,' = 2))", 'Enum8'], ["CAST('a' AS Enum16('a' = 1))", 'Enum16'],
  ['toInt16(1)', 'Int16'], ['toUInt32(1)', 'UInt32'], ['toInt64(1)', 'Int64'], ['toInt128(1)', 'Int128'], ['toUInt256(1)', 'UInt256'],
  ['toFloat32(1)', 'Float32'], ['toFloat64(nan)', 'Float64'], ['toBFloat16(1)', 'BFloat16'],
  ["toDate('2025-01-01')", 'Date'], ["toDate32('2025-01-01')", 'Date32'], ["toDateTime(0, 'Asia/Tokyo')", 'DateTime'], ["toDateTime64(0, 3, 'UTC')", 'DateTime64'],
  ["toDecimal32(1, 2)", 'Decimal'], ['toDecimal64(1, 2)', 'Decimal'], ['toDecimal128(1, 2)', 'Decimal'], ['toDecimal256(1, 2)', 'Decimal'],
  ["toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')", 'UUID'], ["toIPv4('1.2.3.4')", 'IPv4'], ["toIPv6('::1')", 'IPv6'],
  ["repeat('x', 300)", 'String'], ["toFixedString('abc', 5)", 'FixedString'], ['toIntervalDay(3)', 'IntervalDay'],
  ['toNullable(1)', 'Nullable'], ['NULL', 'Nullable'], ["CAST(NULL AS Nullable(String))", 'Nullable'], ['[]', 'Array'], ["[['a'], [], ['b', 'c']]", 'Array'], ['[NULL, 1]', 'Array'],
  ["toLowCardinality('a')", 'LowCardinality'], ["toLowCardinality(toNullable('a'))", 'LowCardinality'], ["[toLowCardinality('a'), 'b']", 'Array'],
  ["CAST([] AS Array(LowCardinality(String)))", 'Array'], ["map('k', toLowCardinality('v'), 'l', 'w')", 'Map'], ["map('a', [1, 2])", 'Map'],
  ["tuple(1, 'x')", 'Tuple'], ["CAST((1, 'x', ['y']) AS Tuple(a UInt8, `b (c,` String, d Array(LowCardinality(String))))", 'Tuple'], ['tuple()', 'Tuple'],
  ["CAST([(1, 'x')] AS Nested(a UInt8, b String))", 'Nested'],
  ['CAST((1, 2) AS Point)', 'Point'], ['CAST([[(1, 2)], []] AS Polygon)', 'Polygon'], ['CAST([[[(1, 2)]]] AS MultiPolygon)', 'MultiPolygon'],
  ["CAST('x' AS SimpleAggregateFunction(any, Nullable(String)))", 'SimpleAggregateFunction'],
]; // prettier-ignore

test('columns of every type keep what they hold: only the mark stands between them', async () => {
  for (const [value, type] of TYPES) {
    // The neighbour is found only where the values really end.
    const sql = `SELECT ${value} AS v, 'the end' AS e FROM numbers(3)`;
    const [plain, marked] = [await native(sql, '0'), await native(sql, GO)];
    const from = marked.indexOf('\x01v') + 2;
    expect([value, marked.toString('latin1', from + 1, from + 1 + type.length)]).toEqual([value, type]);
    const undone = [...marked.subarray(INFO.length)];
    const names = marked.subarray(INFO.length);
    const typeBytes = names[4]!;
    undone.splice(names.lastIndexOf('\x06String') + 7, 1);
    undone.splice(5 + typeBytes, 1);
    expect([value, marked.subarray(0, INFO.length)]).toEqual([value, Buffer.from(INFO)]);
    expect([value, Buffer.from(undone)]).toEqual([value, plain]);
  }
});

test('many blocks, in pieces and in one', async () => {
  const sql = 'SELECT number, toLowCardinality(toString(number % 300)) AS t, [number] AS l FROM numbers(200000)';
  const [plain, marked] = [await native(sql, '0'), await native(sql, GO)];
  const blocks = (marked.length - plain.length) / (INFO.length + 3);
  expect([blocks > 1, Number.isInteger(blocks)]).toEqual([true, true]);
  expect(nativeBlocks(plain, Number(GO)).equals(marked)).toBe(true);
  expect(nativeBlocks(Buffer.alloc(0), Number(GO))).toHaveLength(0);
});

test('without rows, and in words where a value cannot be delimited', async () => {
  expect(await native('SELECT 1 AS a FROM numbers(0)', GO)).toHaveLength(0);
  await expect(native('SELECT sumState(1) AS a', GO)).rejects.toThrow(
    /Code: 48.*AggregateFunction\(sum, UInt8\) cannot be sent in Native .*toString/,
  );
  await expect(native("SELECT CAST('x' AS Variant(String, UInt8)) AS a", GO)).rejects.toThrow(/Code: 48/);
  expect(await native('SELECT sumState(1) AS a', '0')).not.toHaveLength(0);
});

test('what clickhouse-go asks first', async () => {
  const hello = await native('SELECT displayName(), version(), revision(), timezone()', GO);
  expect(hello.subarray(0, INFO.length)).toEqual(Buffer.from(INFO));
  expect(hello.toString('latin1')).toContain('timezone()\x06String\0');
});
