import { memoryStorage, type MemoryStorage, type StorageAdapter, type StorageReader } from '@louver/core';
import type { StorageConformanceOptions } from '@louver/core/testkit';

/** An adapter that is right in all but one thing. */
export interface Mutant {
  /** That thing. */
  readonly breaks: string;
  /** Names of the cases that tell; others may fail too. */
  readonly caughtBy: readonly string[];
  readonly options: () => StorageConformanceOptions;
}

export type AnyRow = Readonly<Record<string, unknown>>;

/** A mutant of the memory storage. */
export function mutant(
  breaks: string,
  caughtBy: string | readonly string[],
  change: (memory: MemoryStorage) => Partial<StorageAdapter>,
): Mutant {
  const storage = (): StorageAdapter => {
    const memory = memoryStorage();
    return { ...memory, ...change(memory) };
  };
  return { breaks, caughtBy: [caughtBy].flat(), options: () => ({ storage }) };
}

/** One whose rows are changed on their way in. */
export function rowMutant(
  breaks: string,
  caughtBy: string | readonly string[],
  change: (rows: readonly AnyRow[], table: string) => readonly AnyRow[],
): Mutant {
  return mutant(breaks, caughtBy, (memory) => ({
    write: (table, rows) => memory.write(table, change(rows as unknown as readonly AnyRow[], table) as never),
  }));
}

/** One that reads in another way. `rows` gives what was written, in that order. */
export function readerMutant(
  breaks: string,
  caughtBy: string | readonly string[],
  change: (reader: StorageReader, rows: MemoryStorage['rows']) => Partial<StorageReader>,
): Mutant {
  return mutant(breaks, caughtBy, ({ reader, rows }) => ({ reader: { ...reader, ...change(reader, rows) } }));
}

/** Every text or every number of a row, changed. */
export function eachMember(row: AnyRow, change: (member: unknown, name: string) => unknown): AnyRow {
  return Object.fromEntries(Object.entries(row).map(([name, member]) => [name, change(member, name)]));
}

/** A turn of the event loop: what is not awaited is not over after it. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
