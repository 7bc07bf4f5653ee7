import type { RowKey, StorageAdapter } from '../../storage.js';
import { TABLE_IDENTITY, type TableName, type Tables } from '../../tables.js';
import {
  actionRow,
  audioRow,
  deadLetterRow,
  deviceRow,
  eventRow,
  predictionRow,
  quantityRow,
  scalarRow,
  stateRow,
} from '../sample-rows.js';
import { expectSame, expectSameRows, readAll } from './expect.js';

/** Makes one row of a table. */
export const SAMPLES: { readonly [T in keyof Tables & string]: () => Tables[T] } = {
  sensor_temperature: scalarRow,
  sensor_humidity: () => scalarRow({ value: 60.25, time_source: 'server', device_timestamp: '' }),
  sensor_scalar: quantityRow,
  sensor_audio: audioRow,
  window_actions: actionRow,
  ml_predictions: predictionRow,
  device_registry: deviceRow,
  window_states: stateRow,
  device_events: eventRow,
  dead_letters: deadLetterRow,
};

/** Rows of any table for a call that is made for each of them: the link that TypeScript cannot see through the union. */
export function samplesOf(table: TableName, changes: readonly object[] = [{}]): readonly never[] {
  return changes.map((change) => ({ ...SAMPLES[table](), ...change })) as unknown as readonly never[];
}

export const TABLE_NAMES = Object.keys(SAMPLES) as readonly TableName[];

/** A key that is met by one row only: its own. */
export function keyOf(table: TableName, row: object): RowKey {
  const { time, id } = TABLE_IDENTITY[table]!;
  const member = row as Readonly<Record<string, string & number>>;
  return { deviceId: member['device_id']!, fromMs: member[time]!, toMs: member[time]!, id: member[id]! };
}

/** A table holds these rows and, where it can be read, no others. */
export async function expectStored<T extends TableName>(
  storage: StorageAdapter,
  table: T,
  rows: readonly Tables[T][],
  what: string,
): Promise<void> {
  if (storage.reader !== undefined) {
    expectSameRows(await readAll(storage.reader.rows(table, {})), rows, `${what}: ${table} by rows()`);
  }
  if (storage.supports.lookup && storage.present !== undefined && TABLE_IDENTITY[table] !== undefined) {
    const found = await storage.present(
      table,
      rows.map((row) => keyOf(table, row)),
    );
    expectSame(
      found,
      rows.map(() => true),
      `${what}: ${table} by present()`,
    );
  }
}
