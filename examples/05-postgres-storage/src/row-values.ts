import { LouverError, type EpochMs, type TableName, type Tables } from '@louver/core';
import { columnsOf, type Column, type Kind } from './columns.js';
import { fromText, toText } from './text.js';

type Value = string | number | boolean;

/** Years of four digits, which both sides write alike. The contract asks for less: 1900 to 2299. */
const FIRST_MS = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

const FITS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  time: (value) => Number.isInteger(value) && (value as number) >= FIRST_MS && (value as number) <= LAST_MS,
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32,
  boolean: (value) => typeof value === 'boolean',
  text: (value) => typeof value === 'string',
};
const EXPECTED: Readonly<Record<Kind, string>> = {
  time: 'whole milliseconds since 1970, of the years 1 to 9999',
  number: 'a number',
  integer: 'a whole number of 0 to 4294967295',
  boolean: 'true or false',
  text: 'a text',
};

/**
 * The rows as one array for each column, ready to be bound.
 * @throws LouverError `E_STORAGE_REJECTED` for the first value that is not what its column holds: PostgreSQL would take `7` for `'7'`.
 */
export function columnArrays(table: string, rows: readonly object[]): readonly (readonly Value[])[] {
  const columns = columnsOf(table);
  if (columns === undefined) {
    throw new LouverError(
      'E_STORAGE_REJECTED',
      `there is no table ${table}: write to one of the tables of @louver/core`,
    );
  }
  return columns.map(({ name, kind }) =>
    rows.map((row, place) => {
      const value = (row as Readonly<Record<string, unknown>>)[name];
      if (FITS[kind](value)) return bound(kind, value as Value);
      const found = `${name} is ${typeof value === 'string' ? `the text ${JSON.stringify(value)}` : String(value)}`;
      throw new LouverError('E_STORAGE_REJECTED', `row ${place} for ${table}: ${found}, expected ${EXPECTED[kind]}`);
    }),
  );
}

function bound(kind: Kind, value: Value): Value {
  if (kind === 'time') return toTime(value as number);
  return kind === 'text' ? toText(value as string) : value;
}

/** A time as text that means the same in every session, to the millisecond. */
function toTime(ms: EpochMs): string {
  return new Date(ms).toISOString();
}

/** A lower bound: the first whole millisecond that is not before it. */
export function fromBound(ms: EpochMs = -Infinity): string {
  return limited(Math.ceil(ms));
}

/** An upper bound: the last whole millisecond that is not after it. */
export function toBound(ms: EpochMs = Infinity): string {
  return limited(Math.floor(ms));
}

function limited(ms: number): string {
  if (ms < FIRST_MS) return '-infinity';
  return ms > LAST_MS ? 'infinity' : toTime(ms);
}

/** SQL for what {@link rowFrom} reads: times as whole milliseconds, by arithmetic without rounding (PostgreSQL's `numeric`). */
export function selected({ name, kind }: Column): string {
  return kind === 'time' ? `${milliseconds(`"${name}"`)} AS "${name}"` : `"${name}"`;
}

/** SQL: a time as milliseconds since 1970. */
export function milliseconds(expression: string): string {
  return `(extract(epoch FROM ${expression}) * 1000)::bigint`;
}

/** What {@link selected} has found as the row that was written. */
export function rowFrom<T extends TableName>(table: T, found: Readonly<Record<string, unknown>>): Tables[T] {
  const row: Record<string, unknown> = {};
  for (const { name, kind } of columnsOf(table)!) {
    const value = found[name];
    if (kind === 'text') row[name] = fromText(value as string);
    // 64-bit integers come as text; float64 comes with as many digits as tell it from its neighbours.
    else row[name] = kind === 'boolean' ? value : Number(value);
  }
  return row as unknown as Tables[T];
}
