import { mkdir } from 'node:fs/promises';
import { relative } from 'node:path';
import type { JournalFile, JournalFiles } from '../../packages/core/src/journal/files.js';

interface Content {
  /** What the page cache has. */
  bytes: Buffer;
  /** What a power cut leaves. */
  synced: Buffer;
}

function failure(code: string, name: string): Error {
  return Object.assign(new Error(`${code}: ${name}`), { code });
}

/** Files in memory that know what has been synced: a kill keeps all that was written, a power cut only that. */
export class SimulatedDisk {
  #names = new Map<string, Content>();
  #syncedNames = new Map<string, Content>();

  /** @param random how much of what was written and not synced is there all the same. Absent: nothing. */
  cutPower(random?: () => number): void {
    for (const content of new Set(this.#syncedNames.values())) {
      const { bytes, synced } = content;
      const torn = random === undefined ? 0 : Math.floor(random() * Math.max(0, bytes.length - synced.length + 1));
      content.bytes = Buffer.from(torn === 0 ? synced : bytes.subarray(0, synced.length + torn));
      content.synced = Buffer.from(content.bytes);
    }
    this.#names = new Map(this.#syncedNames);
  }

  /** Whichever folder a journal believes to be in: the lock in it is a real file, the rest is here. */
  files(directory: string): JournalFiles {
    const nameOf = (path: string): string => relative(directory, path);
    return {
      makeDirectory: async (path) => void (await mkdir(path, { recursive: true })),
      list: async (path) => {
        const prefix = nameOf(path) === '' ? '' : `${nameOf(path)}/`;
        const inside = [...this.#names.keys()].filter((name) => name.startsWith(prefix));
        return inside.map((name) => name.slice(prefix.length)).filter((name) => !name.includes('/'));
      },
      open: async (path, mode) => {
        const name = nameOf(path);
        const found = this.#names.get(name);
        if (mode === 'create') {
          if (found !== undefined) throw failure('EEXIST', name);
          const created = { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) };
          this.#names.set(name, created);
          return new SimulatedFile(created);
        }
        if (found === undefined) throw failure('ENOENT', name);
        return new SimulatedFile(found);
      },
      move: async (from, to) => {
        this.#names.set(nameOf(to), this.#names.get(nameOf(from))!);
        this.#names.delete(nameOf(from));
      },
      remove: async (path) => void this.#names.delete(nameOf(path)),
      syncDirectory: async () => void (this.#syncedNames = new Map(this.#names)),
    };
  }
}

class SimulatedFile implements JournalFile {
  constructor(private readonly content: Content) {}

  async write(chunks: readonly Uint8Array[], at: number): Promise<number> {
    const added = Buffer.concat(chunks);
    const { bytes } = this.content;
    const grown = Buffer.alloc(Math.max(bytes.length, at + added.length));
    bytes.copy(grown);
    added.copy(grown, at);
    this.content.bytes = grown;
    return added.length;
  }

  async sync(): Promise<void> {
    this.content.synced = Buffer.from(this.content.bytes);
  }

  async truncate(length: number): Promise<void> {
    this.content.bytes = this.content.bytes.subarray(0, length);
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    return this.content.bytes.copy(into, 0, at);
  }

  async size(): Promise<number> {
    return this.content.bytes.length;
  }

  async close(): Promise<void> {}
}
