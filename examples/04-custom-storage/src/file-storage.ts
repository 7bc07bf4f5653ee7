import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { acquireLockFile, durableReceipt, LouverError, syncFolder } from '@louver/core';
import type {
  Context,
  DurableReceipt,
  Health,
  LockFile,
  RowKey,
  StorageAdapter,
  TableName,
  Tables,
} from '@louver/core';
import { encodeBatch } from './batch-format.js';
import { notOpened, unavailable } from './file-errors.js';
import { fileReader, type Stored } from './file-reader.js';
import { lookUp } from './look-up.js';
import { dayOf, openTables } from './open-tables.js';
import { encodeRow, timeOf } from './row-format.js';

export interface FileStorageOptions {
  /** A file that has grown to this many bytes is followed by a new one; it is longer by a batch at the most. Default 8 MiB. */
  readonly maxFileBytes?: number;
}

/** From one `open` to its `close`. */
interface Life extends Stored {
  readonly context: Context;
  readonly lock: LockFile;
  readonly inFlight: Set<Promise<unknown>>;
}

/** Tables as files of JSON lines in one folder, without a database. One process at a time. */
export class FileStorage implements StorageAdapter {
  readonly name = 'files';
  readonly supports = { durable: true, lookup: true };
  readonly reader = fileReader(
    (work) => this.#during(this.#life, work),
    () => {
      let life: Life | undefined;
      return (work) => this.#during((life ??= this.#life), work);
    },
  );
  readonly #folder: string;
  readonly #maxFileBytes: number;
  #life: Life | undefined;
  /** One `open` or `close` after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Of the last write or question. */
  #trouble: LouverError | undefined;

  /** @param folder made by `open` when it is missing. */
  constructor(folder: string, { maxFileBytes = 8 * 1024 * 1024 }: FileStorageOptions = {}) {
    this.#folder = resolve(folder);
    this.#maxFileBytes = maxFileBytes;
  }

  open(context: Context): Promise<void> {
    return this.#inTurn(async () => {
      this.#life ??= await this.#begin(context).catch((error: unknown) => Promise.reject(notOpened(error)));
    });
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      const life = this.#life;
      this.#life = undefined;
      this.#trouble = undefined;
      if (life === undefined) return;
      await Promise.allSettled(life.inFlight);
      await Promise.allSettled([...life.files.values()].map((files) => files.close()));
      await life.lock.release();
    });
  }

  health(): Health {
    return this.#trouble === undefined ? { ok: true } : { ok: false, reason: this.#trouble.message };
  }

  write<T extends TableName>(table: T, rows: readonly Tables[T][]): Promise<DurableReceipt> {
    return this.#during(this.#life, async ({ context: { clock }, files, newest }) => {
      // All of them before the first one is written: a batch is refused whole.
      const lines = rows.map((row, place) => encodeRow(table, row, place));
      if (lines.length > 0) {
        const times = rows.map((row) => timeOf(table, row));
        await files.get(table)!.append(encodeBatch(lines), times, dayOf(clock));
        for (const row of rows) newest.take(table, row);
      }
      return durableReceipt('storage', clock.now());
    });
  }

  present(table: TableName, keys: readonly RowKey[]): Promise<readonly boolean[]> {
    return this.#during(this.#life, ({ files }) => lookUp(table, keys, files.get(table)!));
  }

  async #begin(context: Context): Promise<Life> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const lock = await acquireLockFile(join(this.#folder, 'lock'), { code: 'E_STORAGE_LOCKED' });
    try {
      const stored = await openTables(this.#folder, this.#maxFileBytes, context);
      await syncFolder(this.#folder);
      await syncFolder(dirname(this.#folder));
      return { ...stored, context, lock, inFlight: new Set() };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async #during<R>(life: Life | undefined, work: (life: Life) => R | Promise<R>): Promise<R> {
    if (life === undefined || life !== this.#life) {
      throw new LouverError('E_NOT_OPEN', `storage in ${this.#folder} is not open: call open() first`);
    }
    const running = (async () => work(life))();
    life.inFlight.add(running);
    try {
      const result = await running;
      this.#trouble = undefined;
      return result;
    } catch (error) {
      const told = unavailable(error);
      if (told.code === 'E_STORAGE_UNAVAILABLE') this.#trouble = told;
      throw told;
    } finally {
      life.inFlight.delete(running);
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
