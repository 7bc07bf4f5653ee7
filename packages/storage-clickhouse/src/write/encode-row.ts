import { LouverError } from '@louver/core';
import { MAX_TIME_MS, MIN_TIME_MS } from '../read/times.js';
import type { Column, ColumnKind, TableSchema } from '../schema/tables.js';

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

/**
 * ISO 8601 with Z: means the same whatever time zone the server is in. One for each column: most rows share their time of receipt with the row
 * before.
 */
function timeEncoder(): EncodeValue {
  let lastTime = NaN;
  let lastText = '';
  return (value) => {
    if (value === lastTime) return lastText;
    if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
    if (value < MIN_TIME_MS || value > MAX_TIME_MS) return undefined;
    lastTime = value;
    lastText = `"${new Date(value).toISOString()}"`;
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

/** Half of a surrogate pair has no UTF-8: it becomes U+FFFD, as every encoder of text does it. */
function quoted(value: string): string {
  const text = JSON.stringify(value);
  return text.includes('\\ud') ? JSON.stringify(value.replace(/[\ud800-\udfff]/gu, '\ufffd')) : text;
}

export interface RowEncoder {
  readonly columns: readonly string[];
  /** One line of JSON. Throws `E_STORAGE_REJECTED` that names row and column. */
  encode(row: object, index: number): string;
}

export function rowEncoder(table: TableSchema): RowEncoder {
  const columns = [...table.columns, ...table.extension];
  const plan = columns.map((column, i) => ({
    column,
    prefix: `${i === 0 ? '{' : ','}"${column.name}":`,
    encodeValue: column.kind === 'time' ? timeEncoder() : ENCODERS[column.kind],
  }));
  return {
    columns: columns.map((column) => column.name),
    encode(row, index) {
      let line = '';
      for (const { column, prefix, encodeValue } of plan) {
        const value = (row as Readonly<Record<string, unknown>>)[column.name];
        line += prefix + (encodeValue(value) ?? refuse(table, column, value, index));
      }
      return `${line}}\n`;
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
