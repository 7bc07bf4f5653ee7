import { LouverError } from '../errors.js';
import type { EpochMs } from '../event.js';
import type { DerivedRecord } from '../journal.js';
import { rowFromJson } from '../row-json.js';
import { TABLE_IDENTITY, type DeadLetterRow, type TableName } from '../tables.js';
import { rowOfDerived, soughtWidely, type TableRow } from './rows.js';

/** The row of a letter `storage-rejected`, or why it is none. @param nowMs no copy of it is newer. */
export function refusedRow({ topic, payload }: DeadLetterRow, nowMs: EpochMs): TableRow | LouverError {
  const table = topic as TableName;
  // Own members only: the topic may say anything.
  if (!Object.hasOwn(TABLE_IDENTITY, topic) || table === 'dead_letters') {
    return noRow(`there is no table ${JSON.stringify(topic)} for rows`);
  }
  // The registry's rows have no identity, but must have their time: the newest one counts.
  const { time, id } = TABLE_IDENTITY[table] ?? { time: 'last_seen', id: 'device_id' };
  let row: unknown;
  try {
    row = rowFromJson(Buffer.from(payload, 'base64').toString());
  } catch (error) {
    return noRow(error instanceof Error ? error.message : String(error));
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return noRow('expected a JSON object');
  // Rows know no null: earlier versions wrote it for NaN.
  const members = Object.entries(row).map(
    ([name, value]) => [name, value === null ? NaN : (value as unknown)] as const,
  );
  const whole = Object.fromEntries(members);
  if (!Number.isFinite(whole[time]) || typeof whole[id] !== 'string' || typeof whole['device_id'] !== 'string') {
    return noRow(`expected ${time}, device_id and ${id}`);
  }
  return soughtWidely(rowOfDerived({ type: 'derived', table, row: whole } as unknown as DerivedRecord), nowMs);
}

function noRow(why: string): LouverError {
  return new LouverError('E_DECODE', `not a row that was refused: ${why}`, { reason: 'wrong-type' });
}
