import { open, stat } from 'node:fs/promises';
import { LouverError, type Logger, type TableName, type Tables } from '@louver/core';
import { readBatches } from './batch-format.js';
import { decodeRow, timeOf } from './row-format.js';

/** A part of a file that holds whole batches: what is appended later is not in it. */
export interface FilePart {
  readonly path: string;
  readonly bytes: number;
}

export interface TableFile {
  readonly path: string;
  readonly day: string;
  /** Up to here its batches are resolved. */
  bytes: number;
  /** Over all rows of it. */
  fromMs: number;
  toMs: number;
}

/**
 * Reads a file once and hands on its rows. At the end of the last one a crash may have left a part of a batch, which is cut off.
 * @throws LouverError `E_CONFIG` for damage that no crash makes: what follows it was resolved, and is not given up without being asked.
 */
export async function openTableFile<T extends TableName>(
  path: string,
  table: T,
  { day, isLast, logger, take }: { day: string; isLast: boolean; logger: Logger; take: (row: Tables[T]) => void },
): Promise<TableFile> {
  const { size } = await stat(path);
  const file = { path, day, bytes: 0, fromMs: Infinity, toMs: -Infinity };
  const { wholeBytes, damagedAt } = await readBatches(path, size, (line) => {
    const row = decodeRow(table, line);
    spread(file, [timeOf(table, row)]);
    take(row);
  });
  if (damagedAt !== undefined || (wholeBytes < size && !isLast)) {
    throw new LouverError(
      'E_CONFIG',
      `${path} is damaged from byte ${damagedAt ?? wholeBytes} on: a batch there is not as it was written, and others follow. ` +
        'Put the file back from a copy, or move it out of the folder to go on without its rows.',
    );
  }
  if (wholeBytes < size) {
    logger.warn('storage cut off a batch that a crash had torn', { path, bytes: size - wholeBytes });
  }
  if (isLast) await settle(path, wholeBytes);
  file.bytes = wholeBytes;
  return file;
}

/** Widens the times of a file by those of more rows. */
export function spread(file: TableFile, times: readonly (number | undefined)[]): void {
  for (const ms of times) {
    if (ms === undefined) continue;
    if (ms < file.fromMs) file.fromMs = ms;
    if (ms > file.toMs) file.toMs = ms;
  }
}

/**
 * Cuts off what is torn and syncs the rest: what a killed process had written and not synced is read like all else, would be told present, and
 * then be lost with the power.
 */
async function settle(path: string, bytes: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    if ((await handle.stat()).size > bytes) await handle.truncate(bytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
