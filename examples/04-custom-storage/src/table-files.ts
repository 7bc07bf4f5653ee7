import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder, type Logger, type TableName, type Tables } from '@louver/core';
import { openTableFile, spread, type FilePart, type TableFile } from './table-file.js';

/** `000012-2025-10-24.jsonl`: the twelfth file of the table, begun on that day (UTC). Nothing that a device says is in a name. */
const NAME = /^(\d{6,})-(\d{4}-\d\d-\d\d)\.jsonl$/;

/**
 * The files of one table, written one after another. A batch lies whole in one file, whatever the times of its rows are, so one sync makes it durable.
 * One write at a time.
 */
export class TableFiles {
  readonly #files: TableFile[] = [];
  /** Of the last file, between writes that went well. */
  #handle: FileHandle | undefined;
  #lastNumber = 0;
  /** A write has failed and something of it may be left: the file has to go on, only the last one may end torn. */
  #inDoubt = false;

  private constructor(
    private readonly folder: string,
    private readonly maxFileBytes: number,
  ) {}

  /** Reads all that is there once, hands on its rows, and cuts off what a crash has left of a batch. */
  static async open<T extends TableName>(
    folder: string,
    table: T,
    { maxFileBytes, logger, take }: { maxFileBytes: number; logger: Logger; take: (row: Tables[T]) => void },
  ): Promise<TableFiles> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const files = new TableFiles(folder, maxFileBytes);
    const names = (await readdir(folder)).map((name) => NAME.exec(name)).filter((match) => match !== null);
    names.sort((a, b) => Number(a[1]) - Number(b[1]));
    for (const [index, [name, number, day]] of names.entries()) {
      const isLast = index === names.length - 1;
      files.#files.push(await openTableFile(join(folder, name), table, { day: day!, isLast, logger, take }));
      files.#lastNumber = Number(number);
    }
    await syncFolder(folder);
    return files;
  }

  get count(): number {
    return this.#files.length;
  }

  /** Newest time of any row, −Infinity without one. */
  get newestMs(): number {
    return Math.max(-Infinity, ...this.#files.map(({ toMs }) => toMs));
  }

  /** The files that may hold rows of these times, oldest first, as far as they are written now. */
  within(fromMs: number, toMs: number): readonly FilePart[] {
    return this.#files
      .filter((file) => file.fromMs <= toMs && file.toMs >= fromMs)
      .map(({ path, bytes }) => ({ path, bytes }));
  }

  /** Resolves when the batch is on disk: all of it, or after a crash none of it. Rejects as the file system does; none of it is there then. */
  async append(batch: Buffer, times: readonly (number | undefined)[], day: string): Promise<void> {
    let file = this.#files.at(-1);
    const isOver = file !== undefined && (file.bytes >= this.maxFileBytes || (file.day !== day && file.bytes > 0));
    if (file === undefined || (isOver && !this.#inDoubt)) file = await this.#begin(day);
    try {
      this.#handle ??= await open(file.path, 'r+');
      // What a write that failed has left behind.
      if ((await this.#handle.stat()).size > file.bytes) await this.#handle.truncate(file.bytes);
      await writeAll(this.#handle, batch, file.bytes);
      await this.#handle.datasync();
      this.#inDoubt = false;
    } catch (error) {
      this.#inDoubt = true;
      await this.#handle?.truncate(file.bytes).catch(() => undefined);
      await this.close().catch(() => undefined);
      throw error;
    }
    file.bytes += batch.length;
    spread(file, times);
  }

  /** One batch in the place of all that there is. A crash in between leaves both, which has to be harmless. */
  async replace(batch: Buffer, day: string): Promise<void> {
    const old = this.#files.length;
    await this.#begin(day);
    await this.append(batch, [], day);
    for (const { path } of this.#files.splice(0, old)) await rm(path);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #begin(day: string): Promise<TableFile> {
    await this.close();
    const path = join(this.folder, `${String(this.#lastNumber + 1).padStart(6, '0')}-${day}.jsonl`);
    // Left by a try that failed after this: empty, and taken.
    await (await open(path, 'a', 0o600)).close();
    await syncFolder(this.folder);
    this.#lastNumber += 1;
    const file = { path, day, bytes: 0, fromMs: Infinity, toMs: -Infinity };
    this.#files.push(file);
    return file;
  }
}

/** A write may take less than it was given. */
async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await handle.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}
