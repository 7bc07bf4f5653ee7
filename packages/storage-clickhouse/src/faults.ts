import { LouverError } from '@louver/core';
import { ConnectionFault } from './connection.js';

/** The rows themselves were refused while they were parsed: nothing of the insert was applied. Names as in ClickHouse's ErrorCodes.cpp. */
const ROWS_REFUSED: ReadonlySet<number> = new Set([
  6, // CANNOT_PARSE_TEXT
  25, // CANNOT_PARSE_ESCAPE_SEQUENCE
  26, // CANNOT_PARSE_QUOTED_STRING
  27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  38, // CANNOT_PARSE_DATE
  41, // CANNOT_PARSE_DATETIME
  53, // TYPE_MISMATCH
  69, // ARGUMENT_OUT_OF_BOUND
  70, // CANNOT_CONVERT_TYPE
  72, // CANNOT_PARSE_NUMBER
  117, // INCORRECT_DATA
  131, // TOO_LARGE_STRING_SIZE
  321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  407, // DECIMAL_OVERFLOW
  467, // CANNOT_PARSE_BOOL
  469, // VIOLATED_CONSTRAINT
]);

/** UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, IP_ADDRESS_NOT_ALLOWED, AUTHENTICATION_FAILED. */
const USER_REFUSED: ReadonlySet<number> = new Set([192, 193, 194, 195, 516]);

/** READONLY, SETTING_CONSTRAINT_VIOLATION, ACCESS_DENIED. */
const RIGHT_MISSING: ReadonlySet<number> = new Set([164, 452, 497]);

/** UNKNOWN_FUNCTION, NOT_IMPLEMENTED, UNKNOWN_TYPE, SYNTAX_ERROR, UNKNOWN_SETTING, SUPPORT_IS_DISABLED. */
const NOT_UNDERSTOOD: ReadonlySet<number> = new Set([46, 48, 50, 62, 115, 344]);

const UNKNOWN_DATABASE = 81;

/** First line, without the repetition, the statement and the version that ClickHouse adds. */
function brief(fault: ConnectionFault): string {
  const line = fault.message.split('\n', 1)[0] ?? '';
  const text = line
    .replace(/^(Code: \d+\. DB::Exception: )+/, '')
    .replace(/ in scope (SELECT|WITH) .*$/, '')
    .replace(/ \(version .*\)$/, '')
    .trim();
  const shortened = text.length > 500 ? `${text.slice(0, 500)} …` : text;
  return fault.clickhouseCode === undefined ? shortened : `${shortened} (ClickHouse code ${fault.clickhouseCode})`;
}

/** A password that was changed must not look like a database that is away. */
function failedWords(fault: ConnectionFault, doing: string, target: string): string {
  const refused = USER_REFUSED.has(fault.clickhouseCode ?? -1) ? 'ClickHouse refuses the user, ' : '';
  return `${refused}${doing} failed at ${target}: ${brief(fault)}`;
}

function unavailable(fault: ConnectionFault, doing: string, target: string): LouverError {
  const what = failedWords(fault, doing, target);
  if (fault.kind === 'overloaded') return new LouverError('E_OVERLOADED', what, { cause: fault });
  return new LouverError('E_STORAGE_UNAVAILABLE', what, { cause: fault });
}

/** While opening, what an operator has to put right is told apart from what passes by itself. */
export function openingError(fault: unknown, target: string): LouverError {
  if (!(fault instanceof ConnectionFault)) return LouverError.from(fault, 'E_STORAGE_UNAVAILABLE');
  const code = fault.clickhouseCode ?? -1;
  const config = (words: string): LouverError =>
    new LouverError('E_CONFIG', `${words} at ${target}: ${brief(fault)}`, { cause: fault });
  if (fault.kind === 'foreign') return config('no ClickHouse, use the URL of its HTTP interface (usually port 8123),');
  if (fault.kind === 'certificate') return config('no trusted connection to ClickHouse');
  if (USER_REFUSED.has(code)) return config('ClickHouse refuses the user, check user name and password,');
  if (RIGHT_MISSING.has(code)) {
    return config("the user lacks a right (README of @louver/storage-clickhouse, 'Grants')");
  }
  if (code === UNKNOWN_DATABASE) return config('the database does not exist and could not be created');
  if (NOT_UNDERSTOOD.has(code))
    return config('ClickHouse does not understand the schema, version 23.9 or later is needed');
  if (/Port \d+ is for clickhouse-client/.test(fault.message)) {
    return config('this is the port of the native protocol, use the HTTP URL (usually port 8123)');
  }
  return unavailable(fault, 'opening', target);
}

/**
 * Of a write: `E_STORAGE_REJECTED` only where the rows are to blame and none was applied. All else (no access, a dropped table) is
 * retryable, because the rows are good.
 */
export function writingError(fault: unknown, table: string, target: string, anyApplied: boolean): LouverError {
  if (!(fault instanceof ConnectionFault)) return LouverError.from(fault, 'E_STORAGE_UNAVAILABLE');
  if (!anyApplied && ROWS_REFUSED.has(fault.clickhouseCode ?? -1)) {
    return new LouverError('E_STORAGE_REJECTED', `ClickHouse refuses rows of ${table}: ${brief(fault)}`, {
      cause: fault,
    });
  }
  const words = failedWords(fault, `writing ${table}`, target);
  return new LouverError('E_STORAGE_UNAVAILABLE', words, { cause: fault });
}

export function readingError(fault: unknown, doing: string, target: string): LouverError {
  if (!(fault instanceof ConnectionFault)) return LouverError.from(fault, 'E_STORAGE_UNAVAILABLE');
  return unavailable(fault, doing, target);
}
