import { expect, test } from 'vitest';
import { columnsOf } from '../src/columns.js';

test('columns are written as they are, or with the short name of their table', () => {
  expect(columnsOf('sensor_temperature').value).toBe('value');
  expect(columnsOf('window_actions', 'a').command_id).toBe('a.command_id');
});

test('a column that the rows do not have does not compile, and throws with those that there are', () => {
  // @ts-expect-error: a row of the table has no such member.
  expect(() => columnsOf('window_states').positon).toThrow(
    'window_states has no column positon, expected one of timestamp, device_id, position, target, command_id, result, message_id',
  );
});

test('columns that other writers do not know are columns too', () => {
  expect(columnsOf('ml_predictions').held).toBe('held');
  expect(columnsOf('device_registry').deleted_at).toBe('deleted_at');
});

test('a table that the schema does not have throws with those that there are', () => {
  // @ts-expect-error: there is no such table.
  expect(() => columnsOf('sensor_co2')).toThrow(/there is no table sensor_co2, expected one of sensor_temperature, /);
});

test('what is no name of a column throws, as from a renamed member of a row', () => {
  const columns = columnsOf('dead_letters') as unknown as Record<string | symbol, string>;
  expect(() => columns["code' OR 1"]).toThrow("dead_letters has no column code' OR 1");
  expect(() => columns['constructor']).toThrow('dead_letters has no column constructor');
  expect(() => columns[Symbol.iterator]).toThrow('dead_letters has no column Symbol(Symbol.iterator)');
});
