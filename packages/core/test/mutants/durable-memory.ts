import { durableReceipt, memoryStorage, type StorageAdapter, type TableName } from '@louver/core';
import type { StorageConformanceOptions } from '@louver/core/testkit';

export interface Written {
  readonly table: TableName;
  readonly rows: readonly never[];
}

/** What each place keeps. */
export type Disk = Map<string, Written[]>;

/** Reads and writes `kept`, which outlives the adapter that does so; each part may be done wrong. */
export interface DurableParts {
  readonly keep: (kept: Written[], written: Written) => void;
  readonly recall: (kept: Written[]) => readonly Written[];
  readonly atClose: (kept: Written[]) => void;
}

const RIGHT: DurableParts = {
  keep: (kept, written) => void kept.push(written),
  recall: (kept) => [...kept],
  atClose: () => {},
};

/** The memory storage over a disk of its own: what a durable adapter is held to can be tried without one. */
export function durableMemory(
  parts: (disk: Disk) => Partial<DurableParts> = () => ({}),
  change: (storage: StorageAdapter) => Partial<StorageAdapter> = () => ({}),
): StorageConformanceOptions {
  const disk: Disk = new Map();
  const { keep, recall, atClose } = { ...RIGHT, ...parts(disk) };

  function storage(place: string): StorageAdapter {
    const memory = memoryStorage();
    let kept = disk.get(place);
    if (kept === undefined) disk.set(place, (kept = []));
    let isOpen = false;
    const durable: StorageAdapter = {
      ...memory,
      supports: { durable: true, lookup: true },
      async open(context) {
        if (isOpen) return;
        isOpen = true;
        await memory.open(context);
        for (const { table, rows } of recall(kept)) await memory.write(table, rows);
      },
      async write(table, rows) {
        const { atMs } = await memory.write(table, rows);
        keep(kept, { table, rows: rows as unknown as readonly never[] });
        return durableReceipt('storage', atMs);
      },
      async close() {
        isOpen = false;
        atClose(kept);
        await memory.close();
      },
    };
    return { ...durable, ...change(durable) };
  }
  return { storage, afterCrash: storage, remove: (place) => void disk.delete(place) };
}
