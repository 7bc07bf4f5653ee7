import { join } from 'node:path';
import type { Clock, Context, TableName, Tables } from '@louver/core';
import { encodeBatch } from './batch-format.js';
import { TABLES } from './columns.js';
import type { Stored } from './file-reader.js';
import { NewestRows } from './newest-rows.js';
import { encodeRow } from './row-format.js';
import { TableFiles } from './table-files.js';

/** Opens the files of every table and reads them once, for the newest rows and for the times of each file. */
export async function openTables(folder: string, maxFileBytes: number, { logger, clock }: Context): Promise<Stored> {
  const files = new Map<TableName, TableFiles>();
  const newest = new NewestRows();
  for (const table of TABLES) {
    const take = (row: Tables[typeof table]): void => newest.take(table, row);
    files.set(table, await TableFiles.open(join(folder, table), table, { maxFileBytes, logger, take }));
  }
  // A device is written again whenever it is heard of, and only its newest row counts.
  const registry = files.get('device_registry')!;
  if (registry.count > 1) {
    const lines = newest.devices().map((row, place) => encodeRow('device_registry', row, place));
    await registry.replace(encodeBatch(lines), dayOf(clock));
  }
  return { files, newest };
}

/** The day in UTC, which names files. */
export function dayOf(clock: Clock): string {
  return new Date(clock.now()).toISOString().slice(0, 10);
}
