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

/** READONLY, UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, IP_ADDRESS_NOT_ALLOWED, SETTING_CONSTRAINT_VIOLATION, ACCESS_DENIED, AUTHENTICATION_FAILED. */
const ACCESS_REFUSED: ReadonlySet<number> = new Set([164, 192, 193, 194, 195, 452, 497, 516]);

/** UNKNOWN_FUNCTION, NOT_IMPLEMENTED, UNKNOWN_TYPE, SYNTAX_ERROR, UNKNOWN_SETTING, SUPPORT_IS_DISABLED. */
const NOT_UNDERSTOOD: ReadonlySet<number> = new Set([46, 48, 50, 62, 115, 344]);

const UNKNOWN_DATABASE = 81;

/** First line, without the repetition and the version that ClickHouse adds. */
function brief(fault: ConnectionFault): string {
  const line = fault.message.split('\n', 1)[0] ?? '';
  const text = line.replace(/^(Code: \d+\. DB::Exception: )+/, '').replace(/ \(version [^)]*\)$/, '');
  const shortened = text.length > 500 ? `${text.slice(0, 500)} …` : text;
  return fault.clickhouseCode === undefined ? shortened : `${shortened} (ClickHouse code ${fault.clickhouseCode})`;
}

function unavailable(fault: ConnectionFault, doing: string, target: string): LouverError {
  const what = `${doing} failed at ${target}: ${brief(fault)}`;
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
  if (ACCESS_REFUSED.has(code)) {
    return config('ClickHouse refuses the user, check user name, password and rights (CREATE, ALTER, INSERT, SELECT)');
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
  const refused = ACCESS_REFUSED.has(fault.clickhouseCode ?? -1) ? 'ClickHouse refuses the user, ' : '';
  const words = `${refused}writing ${table} failed at ${target}: ${brief(fault)}`;
  return new LouverError('E_STORAGE_UNAVAILABLE', words, { cause: fault });
}

export function readingError(fault: unknown, doing: string, target: string): LouverError {
  if (!(fault instanceof ConnectionFault)) return LouverError.from(fault, 'E_STORAGE_UNAVAILABLE');
  return unavailable(fault, doing, target);
}
