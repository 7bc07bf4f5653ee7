import { LouverError } from '@louver/core';
import type { Connection } from './connection.js';
import { parseRows, textOf } from './read/rows.js';

/** The first with all that the schema and the statements need. */
export const OLDEST_VERSION = '23.9';

/** Asked before anything else: an old server would answer what comes next with a syntax error. Throws `E_CONFIG`. */
export async function checkVersion(connection: Connection, target: string): Promise<void> {
  const [row] = await parseRows(await connection.query('SELECT version() AS version', {}));
  if (row === undefined) return;
  const version = textOf(row, 'version');
  if (!isTooOld(version)) return;
  throw new LouverError(
    'E_CONFIG',
    `ClickHouse ${version} at ${target} is too old, expected ${OLDEST_VERSION} or later; upgrade the server`,
  );
}

/** Of what `version()` says, e.g. `23.8.16.40.altinitystable`. What is no version is not judged. */
export function isTooOld(version: string): boolean {
  const numbers = (text: string): readonly number[] => text.split('.', 2).map(Number);
  const [year = NaN, release = NaN] = numbers(version);
  const [oldestYear = NaN, oldestRelease = NaN] = numbers(OLDEST_VERSION);
  return year < oldestYear || (year === oldestYear && release < oldestRelease);
}
