import { LouverError } from '@louver/core';
import { MAX_TIME_MS, MIN_TIME_MS } from '../read/times.js';
import type { Column, ColumnKind, TableSchema } from '../schema/tables.js';
import { wellFormed } from '../well-formed.js';

/** JSON text of one value, or `undefined` when the value does not fit its column. */
type EncodeValue = (value: unknown) => string | undefined;

const ENCODERS: Readonly<Record<Exclude<ColumnKind, 'time'>, EncodeValue>> = {
  // A bare NaN is not JSON, and null would be stored as 0.
  float: (value) => {
    if (typeof value !== 'number') return undefined;
    if (Number.isFinite(value)) return String(value);
    return Number.isNaN(value) ? '"nan"' : undefined;
  },
  uint32: (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff
      ? String(value)
      : undefined,
  text: (value) => (typeof value === 'string' ? quoted(value) : undefined),
  bool: (value) => (typeof value === 'boolean' ? (value ? 'true' : 'false') : undefined),
};

/** `000Z"` to `999Z"`. */
const MILLISECONDS = Array.from({ length: 1000 }, (_, ms) => `${String(ms).padStart(3, '0')}Z"`);

/**
 * ISO 8601 with Z: means the same whatever time zone the server is in. One for each column: most rows share their time of receipt, or at least
 * its second, with the row before.
 */
function timeEncoder(): EncodeValue {
  let lastTime = NaN;
  let lastText = '';
  let second = NaN;
  let prefix = '';
  return (value) => {
    if (value === lastTime) return lastText;
    if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
    if (value < MIN_TIME_MS || value > MAX_TIME_MS) return undefined;
    const itsSecond = Math.floor(value / 1000);
    if (itsSecond !== second) {
      second = itsSecond;
      prefix = `"${new Date(itsSecond * 1000).toISOString().slice(0, -4)}`;
    }
    lastTime = value;
    lastText = prefix + MILLISECONDS[value - itsSecond * 1000]!;
    return lastText;
  };
}

const EXPECTED: Readonly<Record<ColumnKind, string>> = {
  time: 'integral epoch milliseconds of the years 1900 to 2299',
  float: 'a finite number, or NaN for unknown',
  uint32: 'an integer from 0 to 4294967295',
  text: 'a string',
  bool: 'true or false',
};

/** Printable ASCII but for the quote and the backslash: what stands in JSON as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

function quoted(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`;
  const text = JSON.stringify(value);
  return text.includes('\\ud') ? JSON.stringify(wellFormed(value)) : text;
}

export interface RowEncoder {
  readonly columns: readonly string[];
  /** One line of JSON, the values in the order of `columns`. Throws `E_STORAGE_REJECTED` that names row and column. */
  encode(row: object, index: number): string;
}

export function rowEncoder(table: TableSchema): RowEncoder {
  const columns = [...table.columns, ...table.extension];
  const encoders = columns.map(({ kind }) => (kind === 'time' ? timeEncoder() : ENCODERS[kind]));
  const names = columns.map(({ name }) => name);
  return {
    columns: names,
    encode(row, index) {
      let line = '';
      for (let i = 0; i < names.length; i++) {
        const value = (row as Readonly<Record<string, unknown>>)[names[i]!];
        const text = encoders[i]!(value) ?? refuse(table, columns[i]!, value, index);
        line += i === 0 ? `[${text}` : `,${text}`;
      }
      return `${line}]\n`;
    },
  };
}

function refuse(table: TableSchema, column: Column, value: unknown, index: number): never {
  const found = typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value);
  throw new LouverError(
    'E_STORAGE_REJECTED',
    `row ${index} for ${table.name}: ${column.name} is ${found}, expected ${EXPECTED[column.kind]}; nothing was written`,
  );
}
