import { TABLE_IDENTITY, type RowKey, type TableName } from '@louver/core';
import { scan } from './find-rows.js';
import type { Row } from './row-format.js';
import type { TableFiles } from './table-files.js';

/** For each key whether its row is there. Reads the files whose times a key may fall in, a piece at a time; in memory are the keys. */
export async function lookUp(
  table: TableName,
  keys: readonly RowKey[],
  files: TableFiles,
): Promise<readonly boolean[]> {
  const identity = TABLE_IDENTITY[table];
  const present = keys.map(() => false);
  if (identity === undefined || keys.length === 0) return present;
  // Several keys may name one row: all of them are answered by it.
  const asked = new Map<string, number[]>();
  const range = { fromMs: Infinity, toMs: -Infinity };
  for (const [index, { deviceId, id, fromMs, toMs }] of keys.entries()) {
    const name = nameOf(deviceId, id);
    const sameName = asked.get(name);
    if (sameName === undefined) asked.set(name, [index]);
    else sameName.push(index);
    range.fromMs = Math.min(range.fromMs, fromMs);
    range.toMs = Math.max(range.toMs, toMs);
  }
  for await (const found of scan(table, files, range)) {
    for (const { row, place } of found) {
      const { device_id: deviceId, [identity.id]: id } = row as object as Row;
      for (const index of asked.get(nameOf(deviceId, id)) ?? []) {
        const { fromMs, toMs } = keys[index]!;
        if (place.ms >= fromMs && place.ms <= toMs) present[index] = true;
      }
    }
  }
  return present;
}

/** One text for two, which no other two make: an id may hold any character. */
function nameOf(deviceId: unknown, id: unknown): string {
  return JSON.stringify([deviceId, id]);
}
