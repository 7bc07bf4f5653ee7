import { expect, test } from 'vitest';
import { expand } from './support/expand.js';

/** As in the plugin's own tests: half a second into both, which its macros in seconds cut off. */
const SITUATION = {
  fromMs: Date.parse('2014-11-12T11:45:26.371Z'),
  toMs: Date.parse('2015-11-12T11:45:26.371Z'),
  intervalMs: 20_000,
  variables: { device_id: 'kitchen', quoted: "o'neill" },
};

// What pkg/macros/macros.go of grafana-clickhouse-datasource 4 writes.
test.each([
  ['$__fromTime', 'toDateTime(1415792726)'],
  ['$__toTime', 'toDateTime(1447328726)'],
  ['$__fromTime_ms', 'fromUnixTimestamp64Milli(1415792726371)'],
  ['$__toTime_ms', 'fromUnixTimestamp64Milli(1447328726371)'],
  ['$__timeFilter(col)', 'col >= toDateTime(1415792726) AND col <= toDateTime(1447328726)'],
  [
    '$__timeFilter_ms(r.col)',
    'r.col >= fromUnixTimestamp64Milli(1415792726371) AND r.col <= fromUnixTimestamp64Milli(1447328726371)',
  ],
  ['$__dateFilter(day)', "day >= toDate('2014-11-12') AND day <= toDate('2015-11-12')"],
  ['$__timeInterval(col)', 'toStartOfInterval(toDateTime(col), INTERVAL 20 second)'],
  ['$__timeInterval_ms(col)', 'toStartOfInterval(toDateTime64(col, 3), INTERVAL 20000 millisecond)'],
  ['count() / $__interval_s', 'count() / 20'],
  ['x = ${device_id}', 'x = kitchen'],
  ['x = ${device_id:singlequote}', "x = 'kitchen'"],
  ['x = ${quoted:singlequote}', "x = 'o\\'neill'"],
])('%s', (macro, expected) => {
  expect(expand(`SELECT ${macro} FROM t`, SITUATION)).toBe(`SELECT ${expected} FROM t`);
});

test('an interval of less than a second is one', () => {
  expect(expand('$__interval_s $__timeInterval(t)', { ...SITUATION, intervalMs: 300 })).toBe(
    '1 toStartOfInterval(toDateTime(t), INTERVAL 1 second)',
  );
});

test.each([
  ['$__timeFiler(t)', 'macro $__timeFiler(t) is none of the data source'],
  ['$__timeFilter', 'macro $__timeFilter wants a column'],
  ['${device}', 'variable ${device} has no value'],
  ['${device_id:csv}', 'format csv is not known here'],
  ['x = $device_id', '$device_id is left over'],
  ['${device_id', '${device_id is left over'],
])('%s would reach ClickHouse as it is', (sql, words) => {
  expect(() => expand(sql, SITUATION)).toThrow(words);
});
