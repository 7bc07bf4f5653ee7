import { basename, dirname } from 'node:path';
import type { JournalFile, JournalFiles } from '../../src/journal/files.js';

/** What is on the disk for good, and what only the running system knows. */
interface Inode {
  bytes: Buffer;
  synced: Buffer;
}

export interface Operation {
  readonly kind:
    'makeDirectory' | 'list' | 'open' | 'move' | 'remove' | 'syncDirectory' | 'write' | 'sync' | 'truncate' | 'read';
  readonly path: string;
}

const BLOCK = 4096;

export function failure(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/**
 * A file system in memory that loses power: what was not synced is kept or lost as `lot` has it, names and contents apart. It can be full, and fail
 * at any operation.
 */
export class SimulatedDisk {
  private names = new Map<string, Inode>();
  private durableNames = new Map<string, Inode>();
  private readonly folders = new Set<string>();
  /** Bytes, in blocks of 4 KiB. */
  capacity = Number.POSITIVE_INFINITY;
  /** How much of it somebody else has. */
  taken = 0;
  /** Called before each operation; what it throws the operation fails with. */
  before: (operation: Operation) => void = () => undefined;
  operations = 0;
  /** Files that are open. */
  open = 0;

  get used(): number {
    let blocks = 0;
    for (const { bytes } of this.names.values()) blocks += Math.ceil(bytes.length / BLOCK);
    return blocks * BLOCK;
  }

  /** Files by name, as the running system sees them. */
  content(): Map<string, Buffer> {
    return new Map([...this.names].map(([path, { bytes }]) => [path, Buffer.from(bytes)]));
  }

  put(path: string, bytes: Buffer): void {
    const inode = { bytes: Buffer.from(bytes), synced: Buffer.from(bytes) };
    this.folders.add(dirname(path));
    this.names.set(path, inode);
    this.durableNames.set(path, inode);
  }

  /** What another start finds after the power was cut. `lot` gives numbers from 0 to 1: 0 loses all that was not synced, 1 keeps it. */
  afterPowerCut(lot: () => number): SimulatedDisk {
    const disk = new SimulatedDisk();
    const paths = new Set([...this.names.keys(), ...this.durableNames.keys()]);
    for (const path of paths) {
      const inode = lot() > 0.5 ? this.names.get(path) : this.durableNames.get(path);
      if (inode !== undefined) disk.put(path, survivor(inode, lot));
    }
    for (const folder of this.folders) disk.folders.add(folder);
    return disk;
  }

  readonly files: JournalFiles = {
    makeDirectory: async (path) => {
      this.step('makeDirectory', path);
      this.folders.add(path);
    },
    list: async (directory) => {
      this.step('list', directory);
      return [...this.names.keys()].filter((path) => dirname(path) === directory).map((path) => basename(path));
    },
    open: async (path, mode) => {
      this.step('open', path);
      let inode = this.names.get(path);
      if (mode === 'create') {
        if (inode !== undefined) throw failure('EEXIST');
        this.names.set(path, (inode = { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) }));
      }
      if (inode === undefined) throw failure('ENOENT');
      this.open++;
      return this.handle(path, inode);
    },
    move: async (from, to) => {
      this.step('move', from);
      this.names.set(to, this.names.get(from)!);
      this.names.delete(from);
    },
    remove: async (path) => {
      this.step('remove', path);
      if (!this.names.delete(path)) throw failure('ENOENT');
    },
    syncDirectory: async (directory) => {
      this.step('syncDirectory', directory);
      for (const map of [this.durableNames, this.names]) {
        for (const path of [...map.keys()].filter((each) => dirname(each) === directory)) {
          const inode = this.names.get(path);
          if (inode === undefined) this.durableNames.delete(path);
          else this.durableNames.set(path, inode);
        }
      }
    },
  };

  private handle(path: string, inode: Inode): JournalFile {
    return {
      write: async (chunks, at) => {
        this.step('write', path);
        const all = Buffer.concat(chunks);
        const own = Math.ceil(inode.bytes.length / BLOCK) * BLOCK;
        const room = this.capacity - this.taken - this.used + own;
        // As a disk does: what fits is written, and the next write fails.
        const fits = all.subarray(0, Math.max(0, Math.min(all.length, room - at)));
        if (fits.length === 0 && all.length > 0) throw failure('ENOSPC');
        const grown = Buffer.alloc(Math.max(inode.bytes.length, at + fits.length));
        inode.bytes.copy(grown);
        fits.copy(grown, at);
        inode.bytes = grown;
        return fits.length;
      },
      sync: async () => {
        this.step('sync', path);
        inode.synced = Buffer.from(inode.bytes);
      },
      truncate: async (length) => {
        this.step('truncate', path);
        inode.bytes = Buffer.from(inode.bytes.subarray(0, length));
      },
      read: async (into, at) => {
        this.step('read', path);
        return inode.bytes.copy(into, 0, at);
      },
      size: async () => inode.bytes.length,
      close: async () => void this.open--,
    };
  }

  private step(kind: Operation['kind'], path: string): void {
    this.operations++;
    this.before({ kind, path });
  }
}

/** What was synced, and as much of the rest as the lot has it. */
function survivor({ bytes, synced }: Inode, lot: () => number): Buffer {
  let same = 0;
  while (same < synced.length && same < bytes.length && synced[same] === bytes[same]) same++;
  const kept = same + Math.round(lot() * (bytes.length - same));
  const end = kept === same && synced.length > same ? synced.subarray(same) : Buffer.alloc(0);
  return Buffer.concat([bytes.subarray(0, kept), end]);
}
