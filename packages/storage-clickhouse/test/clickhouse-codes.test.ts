import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LouverError } from '@louver/core';
import { Session } from 'chdb';
import { expect, test } from 'vitest';
import { CLICKHOUSE_CODES, CODE_GROUPS, NETWORK_FAULTS, type CodeGroup } from '../src/clickhouse-codes.js';
import { ConnectionFault, type FaultDetails } from '../src/connection.js';
import { openingError, readingError, writingError } from '../src/faults.js';
import { tempFolder } from './support/temp-folder.js';

const folder = tempFolder();
const chapter = readFileSync(join(import.meta.dirname, '../../../docs/errors.md'), 'utf8').split(
  /^## Codes of ClickHouse$/m,
)[1]!;

/** Cells of every row below a header. */
function table(header: string): string[][] {
  const [, rows] = new RegExp(`^\\| ${header} .*\\n\\|[-| ]*\\n((?:\\|.*\\n)+)`, 'm').exec(chapter)!;
  return rows!
    .trim()
    .split('\n')
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

const groups: readonly (readonly [string, CodeGroup])[] = Object.entries(CODE_GROUPS);
const opening = (stops: boolean): string => (stops ? 'E_CONFIG' : 'E_STORAGE_UNAVAILABLE');
const fault = (details: FaultDetails): ConnectionFault => new ConnectionFault('words', details);

test('docs/errors.md has every group, code and fault of the network, as they are', () => {
  expect(table('group')).toEqual(
    groups.map(([name, { meaning, refusesRows, stopsOpening }]) => [
      name,
      meaning,
      refusesRows ? 'E_STORAGE_REJECTED' : 'E_STORAGE_UNAVAILABLE',
      opening(stopsOpening),
    ]),
  );
  expect(table('code')).toEqual(CLICKHOUSE_CODES.map(([code, name, group]) => [String(code), name, group]));
  expect(table('fault')).toEqual(
    Object.entries(NETWORK_FAULTS).map(([kind, { meaning, stopsOpening }]) => [
      kind,
      meaning,
      kind === 'overloaded' ? 'E_OVERLOADED' : opening(stopsOpening),
    ]),
  );
});

test('and that is what happens', () => {
  for (const [clickhouseCode, name, group] of CLICKHOUSE_CODES) {
    const { refusesRows, stopsOpening }: CodeGroup = CODE_GROUPS[group];
    const one = fault({ kind: 'server', clickhouseCode });
    const codes = [
      writingError(one, 't', 'url', false),
      writingError(one, 't', 'url', true),
      readingError(one, 'reading', 'url'),
      openingError(one, 'url'),
    ].map(({ code }: LouverError) => code);
    expect(codes, name).toEqual([
      refusesRows ? 'E_STORAGE_REJECTED' : 'E_STORAGE_UNAVAILABLE',
      'E_STORAGE_UNAVAILABLE',
      'E_STORAGE_UNAVAILABLE',
      opening(stopsOpening),
    ]);
  }
  for (const [kind, { stopsOpening }] of Object.entries(NETWORK_FAULTS)) {
    const one = fault({ kind: kind as FaultDetails['kind'] });
    const busy = kind === 'overloaded' ? 'E_OVERLOADED' : undefined;
    expect(writingError(one, 't', 'url', false).code, kind).toBe('E_STORAGE_UNAVAILABLE');
    expect(readingError(one, 'reading', 'url').code, kind).toBe(busy ?? 'E_STORAGE_UNAVAILABLE');
    expect(openingError(one, 'url').code, kind).toBe(busy ?? opening(stopsOpening));
  }
});

test('a code that is not in the table passes by itself', () => {
  const unknown = fault({ kind: 'server', clickhouseCode: 9_999 });
  expect(writingError(unknown, 't', 'url', false)).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
  expect(openingError(unknown, 'url')).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
});

test('the engine calls each code by the same name, and each is there once', async () => {
  const session = new Session(join(folder, 'engine'));
  const codes = CLICKHOUSE_CODES.map(([code]) => code);
  const sql = `SELECT errorCodeToName(toUInt32(arrayJoin([${codes.join(', ')}]))) AS name`;
  const answer = await session.queryAsync(sql, { format: 'JSONEachRow' });
  const names = answer
    .text()
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly name: string }).name);
  session.close();
  expect(names).toEqual(CLICKHOUSE_CODES.map(([, name]) => name));
  expect(new Set(codes).size).toBe(codes.length);
});
