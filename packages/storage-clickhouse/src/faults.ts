import { LouverError } from '@louver/core';
import { CODE_GROUPS, groupOf, type CodeGroupName, type NETWORK_FAULTS } from './clickhouse-codes.js';
import { ConnectionFault } from './connection.js';
import { OLDEST_VERSION } from './server-version.js';

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

/** A full disk shows under many codes: of whatever wanted to write, of a file system call, or of the C++ library. */
function groupOfFault({ clickhouseCode, message }: ConnectionFault): CodeGroupName | undefined {
  const isFull = clickhouseCode !== undefined && /No space left on device|errno: 28\b/.test(message);
  return isFull ? 'disk' : groupOf(clickhouseCode);
}

/** What must not look like a database that is away: a password that was changed, a disk that is full. */
const FAILED_WORDS: Partial<Record<CodeGroupName, string>> = {
  user: 'ClickHouse refuses the user, ',
  disk: "ClickHouse's disk is full, ",
};

function failedWords(fault: ConnectionFault, doing: string, target: string): string {
  const group = groupOfFault(fault);
  const why =
    group === undefined ? '' : group === 'right' ? `${lackingRight(fault.message)} ` : (FAILED_WORDS[group] ?? '');
  return `${why}${doing} failed at ${target}: ${brief(fault)}`;
}

function unavailable(fault: ConnectionFault, doing: string, target: string): LouverError {
  const what = failedWords(fault, doing, target);
  if (fault.kind === 'overloaded') return new LouverError('E_OVERLOADED', what, { cause: fault });
  return new LouverError('E_STORAGE_UNAVAILABLE', what, { cause: fault });
}

/** While opening, what an operator has to put right is told apart from what passes by itself. */
export function openingError(fault: unknown, target: string): LouverError {
  if (!(fault instanceof ConnectionFault)) return LouverError.from(fault, 'E_STORAGE_UNAVAILABLE');
  const words = openingWords(fault);
  if (words === undefined) return unavailable(fault, 'opening', target);
  return new LouverError('E_CONFIG', `${words} at ${target}: ${brief(fault)}`, { cause: fault });
}

/** What to do about it; `undefined`: nothing, it passes. */
function openingWords(fault: ConnectionFault): string | undefined {
  if (/Port \d+ is for clickhouse-client/.test(fault.message)) {
    return 'this is the port of the native protocol, use the HTTP URL (usually port 8123)';
  }
  const group = groupOfFault(fault);
  return (group === undefined ? undefined : OPERATOR_WORDS[group]?.(fault.message)) ?? NETWORK_WORDS[fault.kind];
}

/** The members that stop opening, no more and no fewer. */
type Stopping<Groups extends Readonly<Record<string, { readonly stopsOpening: boolean }>>> = {
  [G in keyof Groups]: Groups[G]['stopsOpening'] extends true ? G : never;
}[keyof Groups];

const NETWORK_WORDS: Partial<Record<ConnectionFault['kind'], string>> = {
  foreign: 'no ClickHouse, use the URL of its HTTP interface (usually port 8123),',
  certificate: 'no trusted connection to ClickHouse',
} satisfies Record<Stopping<typeof NETWORK_FAULTS>, string>;

/** By ClickHouse's own words. */
const OPERATOR_WORDS: Partial<Record<CodeGroupName, (message: string) => string>> = {
  user: () => 'ClickHouse refuses the user, check user name and password,',
  right: lackingRight,
  version: () => `ClickHouse does not understand the schema, version ${OLDEST_VERSION} or later is needed`,
  database: () => 'the database does not exist and could not be created',
  cluster: () => "the server's configuration lacks what the cluster needs (remote_servers, macros)",
} satisfies Record<Stopping<typeof CODE_GROUPS>, (message: string) => string>;

const GRANTS = "README of @louver/storage-clickhouse, 'Grants'";

/** ClickHouse names user and right: `louver: Not enough privileges. To execute this query, it's necessary to have the grant INSERT(a, b) ON iot.t`. */
function lackingRight(message: string): string {
  const named =
    /([^\s:]+): Not enough privileges.*necessary to have (?:the )?grant (.+?) ON (\*\.\*|\w+(?:\.(?:\*|\w+))?)/s.exec(
      message,
    );
  if (named === null) return `the user lacks a right (${GRANTS})`;
  const [, user, right, place] = named as unknown as [string, string, string, string];
  // Of the whole database, and of all columns: the next table would be the next refusal.
  const database = /^(\w+)\./.exec(place)?.[1];
  const wide = database === undefined || database === 'system' ? place : `${database}.*`;
  const grant = `GRANT ${right.replace(/\(.*?\)/g, '')} ON ${wide} TO ${user}`;
  if (right !== 'CREATE DATABASE') return `the user lacks a right, run ${grant} (all that is needed: ${GRANTS}),`;
  return `the user lacks a right to make the database, which does not exist: run CREATE DATABASE ${database}, or ${grant} (all that is needed: ${GRANTS}),`;
}

/**
 * Of a write: `E_STORAGE_REJECTED` only where the rows are to blame and none was applied. All else (no access, a dropped table) is
 * retryable, because the rows are good.
 */
export function writingError(fault: unknown, table: string, target: string, anyApplied: boolean): LouverError {
  if (!(fault instanceof ConnectionFault)) return LouverError.from(fault, 'E_STORAGE_UNAVAILABLE');
  const group = groupOfFault(fault);
  if (!anyApplied && group !== undefined && CODE_GROUPS[group].refusesRows) {
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

/** TIMEOUT_EXCEEDED, MEMORY_LIMIT_EXCEEDED, TOO_MANY_ROWS_OR_BYTES: the same question meets them again. */
const TOO_MUCH: ReadonlySet<number> = new Set([159, 241, 396]);

/** Of an export that goes beyond what the server allows one answer: less of it may be let through. */
export function exportError(error: unknown, table: string): LouverError {
  const known = LouverError.from(error, 'E_STORAGE_UNAVAILABLE');
  const { cause } = known;
  if (!(cause instanceof ConnectionFault) || !TOO_MUCH.has(cause.clickhouseCode ?? -1)) return known;
  const words = `${table} is more than this server gives in one answer: ${brief(cause)}`;
  const remedy = 'export a shorter time or one device, or CSV, which is made row by row';
  return new LouverError('E_STORAGE_UNAVAILABLE', `${words}; ${remedy}`, { cause, retryable: false });
}
