import { LouverError, TABLE_IDENTITY, type TableName, type Tables } from '@louver/core';
import { COLUMNS, type Kind } from './columns.js';

/** A row of whichever table, as it is read back. */
export type Row = Readonly<Record<string, unknown>>;

const fits: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  time: Number.isSafeInteger,
  number: (value) => typeof value === 'number',
  uint32: (value) => typeof value === 'number' && value >>> 0 === value,
  boolean: (value) => typeof value === 'boolean',
  text: (value) => typeof value === 'string',
};

const expected: Readonly<Record<Kind, string>> = {
  time: 'whole milliseconds since 1970',
  number: 'a number',
  uint32: 'a whole number from 0 to 4294967295',
  boolean: 'true or false',
  text: 'a text',
};

/**
 * A row as one line of JSON, without its end. JSON has no NaN and no infinities: they are written as texts, which no other number is.
 * @param place of the row in its batch, for the message.
 * @throws LouverError `E_STORAGE_REJECTED` for a row that would not come back as it was.
 */
export function encodeRow(table: string, row: object, place: number): string {
  const refuse = (why: string): LouverError =>
    new LouverError('E_STORAGE_REJECTED', `row ${place} for ${table}: ${why}`);
  if (!Object.hasOwn(COLUMNS, table)) throw refuse(`there is no such table, only ${Object.keys(COLUMNS).join(', ')}`);
  const columns = COLUMNS[table as TableName];
  const values = row as Row;
  for (const [column, kind] of Object.entries(columns)) {
    const value = values[column];
    if (!fits[kind](value)) throw refuse(`${column} is ${shown(value)}, expected ${expected[kind]}`);
  }
  const foreign = Object.keys(row).find((column) => !Object.hasOwn(columns, column));
  if (foreign !== undefined) throw refuse(`there is no column ${shown(foreign)}`);
  const members = Object.keys(columns).map((column) => {
    const value = values[column];
    return [column, typeof value === 'number' && !Number.isFinite(value) ? String(value) : value];
  });
  return JSON.stringify(Object.fromEntries(members));
}

/** The row of a line that `encodeRow` has made. */
export function decodeRow<T extends TableName>(table: T, line: Buffer): Tables[T] {
  const row = JSON.parse(line.toString('utf8')) as Record<string, unknown>;
  for (const [column, kind] of Object.entries(COLUMNS[table])) {
    if (kind === 'number') row[column] = Number(row[column]);
  }
  return row as never;
}

/** The time that a row is found by; `undefined` in a table without one. */
export function timeOf(table: TableName, row: object): number | undefined {
  const identity = TABLE_IDENTITY[table];
  return identity === undefined ? undefined : ((row as Row)[identity.time] as number);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value);
}
