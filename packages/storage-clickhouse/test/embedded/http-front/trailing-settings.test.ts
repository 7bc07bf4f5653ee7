import { expect, test } from 'vitest';
import { withoutSettings } from '../../../src/embedded/http-front/trailing-settings.js';

const taken = (sql: string): [string, Record<string, string>] => {
  const { sql: rest, settings } = withoutSettings(sql);
  return [rest, Object.fromEntries(settings)];
};

test('those at the end are taken, of every kind of value', () => {
  expect(taken("SELECT 1 SETTINGS max_block_size = 5, session_timezone = 'a, b = ''c', final = true")).toEqual([
    'SELECT 1',
    { max_block_size: '5', session_timezone: "a, b = 'c", final: 'true' },
  ]);
  expect(taken('SELECT 1 UNION ALL SELECT 2 SETTINGS extremes = 1')).toEqual([
    'SELECT 1 UNION ALL SELECT 2',
    { extremes: '1' },
  ]);
});

test.each([
  'SELECT 1',
  'SELECT * FROM (SELECT 1 SETTINGS extremes = 1)',
  "SELECT 'SETTINGS extremes = 1'",
  'SELECT `SETTINGS` FROM t',
  'SELECT 1 SETTINGS extremes = -1',
  'SELECT 1 SETTINGS extremes = [1, 2]',
  'SELECT 1 SETTINGS extremes',
  'SELECT 1 SETTINGS extremes = 1 extra',
])('%s stays as it is', (sql) => {
  expect(taken(sql)).toEqual([sql, {}]);
});
