import { open, type FileHandle } from 'node:fs/promises';
import type { TableName, Tables } from '@louver/core';
import { endsBatch } from './batch-format.js';
import { linesIn } from './file-lines.js';
import { decodeRow, timeOf, type Row } from './row-format.js';
import type { TableFiles } from './table-files.js';

/** Where a row lies, and what it is ordered by: remembered in its place while rows are put in order. */
export interface Place {
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
  readonly ms: number;
  readonly receivedMs: number;
  /** Rows of one group come together. */
  readonly group: string;
}

export interface Wanted<R> {
  readonly fromMs: number;
  readonly toMs: number;
  readonly match: (row: R) => boolean;
  /** Default: all are of one. */
  readonly group?: (row: R) => string;
  /** Of all, the newest at the most. Default Infinity. */
  readonly limit?: number;
}

/** All rows of the files that are of these times, in the order in which they were written, a piece of a file at a time. */
export async function* scan<T extends TableName>(
  table: T,
  files: TableFiles,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): AsyncGenerator<readonly { readonly row: Tables[T]; readonly place: Omit<Place, 'group'> }[]> {
  for (const { path, bytes } of files.within(fromMs, toMs)) {
    for await (const lines of linesIn(path, bytes)) {
      const found = [];
      for (const { text, offset } of lines) {
        if (endsBatch(text)) continue;
        const row = decodeRow(table, text);
        const ms = timeOf(table, row) ?? 0;
        if (ms < fromMs || ms > toMs) continue;
        const receivedMs = ((row as object as Row)['received_at'] as number | undefined) ?? 0;
        found.push({ row, place: { path, offset, bytes: text.length, ms, receivedMs } });
      }
      if (found.length > 0) yield found;
    }
  }
}

/** The places of what is wanted: group after group, each oldest first, of one millisecond by when it was received. */
export async function findPlaces<T extends TableName>(
  table: T,
  files: TableFiles,
  wanted: Wanted<Tables[T]>,
): Promise<readonly Place[]> {
  const { match, group = () => '', limit = Infinity } = wanted;
  let places: Place[] = [];
  // One text of each group, not one of each row.
  const groups = new Map<string, string>();
  for await (const found of scan(table, files, wanted)) {
    for (const { row, place } of found) {
      if (!match(row)) continue;
      const name = group(row);
      const known = groups.get(name) ?? name;
      groups.set(known, known);
      places.push({ ...place, group: known });
    }
    // Not more than twice the limit is remembered, and a piece of a file.
    if (places.length > 2 * limit) places = newest(places, limit);
  }
  return newest(places, limit);
}

/** The rows of these places, in their order. */
export async function readPlaces<T extends TableName>(table: T, places: readonly Place[]): Promise<Tables[T][]> {
  const files = new Map<string, FileHandle>();
  try {
    for (const { path } of places) if (!files.has(path)) files.set(path, await open(path, 'r'));
    const lines = places.map(async ({ path, offset, bytes }) => {
      const line = Buffer.allocUnsafe(bytes);
      await files.get(path)!.read(line, 0, bytes, offset);
      return line;
    });
    return (await Promise.all(lines)).map((line) => decodeRow(table, line));
  } finally {
    for (const file of files.values()) await file.close();
  }
}

const BATCH_ROWS = 1_000;
const BATCH_BYTES = 4 * 1024 * 1024;

/** Cuts places into what is read at a time: rows may be megabytes. */
export function* inBatches(places: readonly Place[]): Generator<readonly Place[]> {
  let from = 0;
  let bytes = 0;
  for (const [index, place] of places.entries()) {
    if (index > from && (index - from === BATCH_ROWS || bytes + place.bytes > BATCH_BYTES)) {
      yield places.slice(from, index);
      from = index;
      bytes = 0;
    }
    bytes += place.bytes;
  }
  if (from < places.length) yield places.slice(from);
}

function newest(places: Place[], limit: number): Place[] {
  places.sort(
    (a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : 0) || a.ms - b.ms || a.receivedMs - b.receivedMs,
  );
  return places.slice(Math.max(0, places.length - limit));
}
