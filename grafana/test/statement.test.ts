import { expect, test } from 'vitest';
import { feature, inRange, interval, quantiles, thisDevice } from '../src/expressions.js';
import { from, fromAll, fromAnswer, fromLatestBefore, fromPair, notIn, quoted } from '../src/statement.js';

test('a statement is written as a person would, its columns with the table before them', () => {
  const statement = from('sensor_temperature', ({ timestamp, device_id, value }) => ({
    select: { time: interval(timestamp), device_id, 'mean value': `avg(${value})` },
    where: [thisDevice(device_id), inRange(timestamp)],
    groupBy: ['time', 'device_id'],
    having: 'count() > 1',
    orderBy: ['time', 'mean value DESC'],
    limit: 10,
  }));
  expect(statement).toBe(
    [
      'SELECT $__timeInterval(r.timestamp) AS time, r.device_id AS device_id, avg(r.value) AS `mean value`',
      'FROM sensor_temperature AS r',
      'WHERE r.device_id = ${device_id:singlequote} AND $__timeFilter_ms(r.timestamp)',
      'GROUP BY time, device_id',
      'HAVING count() > 1',
      'ORDER BY time, `mean value` DESC',
      'LIMIT 10',
    ].join('\n'),
  );
});

test('the newest version of rows, and a row for each element of an array', () => {
  expect(from('device_registry', ({ device_id }) => ({ select: { device_id }, final: true }))).toBe(
    'SELECT r.device_id AS device_id\nFROM device_registry AS r FINAL',
  );
  expect(from('sensor_audio', () => ({ select: { n: 'n' }, arrayJoin: ['n', '[1, 2]'] }))).toBe(
    'SELECT n\nFROM sensor_audio AS r\nARRAY JOIN [1, 2] AS n',
  );
});

test('answers are asked again, put below each other and beside each other', () => {
  expect(fromAnswer('SELECT 1 AS n', { select: { n: 'n' } })).toBe('SELECT n\nFROM (\n  SELECT 1 AS n\n)');
  expect(fromAll(['SELECT 1 AS n', 'SELECT 2 AS n'], { select: { sum: 'sum(n)' } })).toBe(
    'SELECT sum(n) AS sum\nFROM (\n  SELECT 1 AS n\n  UNION ALL\n  SELECT 2 AS n\n)',
  );
  const beside = fromPair(['SELECT 1 AS id', 'SELECT 2 AS id'], 'id', { select: { id: 'a.id' } });
  expect(beside).toContain(') AS a\nINNER JOIN (\n  SELECT 2 AS id\n) AS b ON a.id = b.id');
  expect(fromLatestBefore(['SELECT 1', 'SELECT 2'], { select: { at: 'b.timestamp' } })).toContain(
    'ASOF INNER JOIN (\n  SELECT 2\n) AS b ON a.device_id = b.device_id AND a.timestamp >= b.timestamp',
  );
  expect(notIn('id', 'SELECT 2')).toBe('id GLOBAL NOT IN (\n  SELECT 2\n)');
});

test('a name is quoted when it has to be, and refused when it could end its quotes or be taken for a variable', () => {
  expect(quoted('device_id')).toBe('device_id');
  expect(quoted("people's choice")).toBe("`people's choice`");
  for (const name of ['a`b', 'a\\', 'a\nb', '$__timeFilter', '${device_id}', '']) {
    expect(() => quoted(name)).toThrow(`column name ${JSON.stringify(name)}: expected no \`, \\, $ or new line`);
    expect(() => from('sensor_audio', () => ({ select: { [name]: '1' } }))).toThrow('column name');
    expect(() => from('sensor_audio', () => ({ select: { n: '1' }, groupBy: [name] }))).toThrow('column name');
    expect(() => from('sensor_audio', () => ({ select: { n: '1' }, orderBy: [`${name} DESC`] }))).toThrow();
  }
});

test('a feature whose name could end its text is refused', () => {
  expect(feature('r.features', 'rms_mean')).toBe("JSONExtract(r.features, 'values', 'rms_mean', 'Nullable(Float64)')");
  expect(() => feature('r.features', "rms') OR ('1")).toThrow(
    `feature "rms') OR ('1": expected letters, digits and _, e.g. rms_mean`,
  );
});

test('quantiles leave out what is not known', () => {
  expect(quantiles([0.5, 0.95], 'v')).toBe('quantilesExactIf(0.5, 0.95)(v, isFinite(v))');
});
