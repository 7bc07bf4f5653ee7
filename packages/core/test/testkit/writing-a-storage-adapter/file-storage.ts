import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  durableReceipt,
  LouverError,
  memoryStorage,
  syncFolder,
  TABLE_IDENTITY,
  type Context,
  type DurableReceipt,
  type FeatureQuery,
  type HistoryQuery,
  type RowKey,
  type RowsQuery,
  type StorageAdapter,
  type StorageReader,
  type TableName,
  type Tables,
} from '@louver/core';

type Row = Readonly<Record<string, unknown>>;

/** A file of JSON lines for each table. */
export class FileStorage implements StorageAdapter {
  readonly name = 'files';
  readonly supports: StorageAdapter['supports'] = { durable: true, lookup: false };
  readonly #inFlight = new Set<Promise<unknown>>();
  #context: Context | undefined;

  constructor(protected readonly folder: string) {}

  async open(context: Context): Promise<void> {
    await settle(this.folder).catch(unavailable);
    this.#context ??= context;
  }

  async close(): Promise<void> {
    this.#context = undefined;
    await Promise.allSettled(this.#inFlight);
  }

  write<T extends TableName>(table: T, rows: readonly Tables[T][]): Promise<DurableReceipt> {
    return this.during(async ({ clock }) => {
      // All of them before the first one is written: a batch is refused whole.
      const lines = rows.map((row, place) => lineOf(table, row, place));
      if (lines.length > 0) await append(this.folder, table, lines).catch(unavailable);
      return durableReceipt('storage', clock.now());
    });
  }

  /** Refuses what comes before `open` and after `close`, and lets `close` wait for the rest. */
  protected async during<R>(work: (context: Context) => Promise<R>): Promise<R> {
    if (this.#context === undefined) throw new LouverError('E_NOT_OPEN', `storage '${this.name}' is not open`);
    const running = work(this.#context);
    this.#inFlight.add(running);
    try {
      return await running;
    } finally {
      this.#inFlight.delete(running);
    }
  }
}

/** Resolves when the lines are on disk. A kill leaves a torn line at the worst, which the next batch does not continue. */
async function append(folder: string, table: string, lines: readonly string[]): Promise<void> {
  const file = await open(join(folder, `${table}.jsonl`), 'a');
  const { size } = await file.stat();
  try {
    await syncFolder(folder);
    await file.appendFile(`\n${lines.join('\n')}\n`);
    await file.datasync();
  } catch (error) {
    // It can be read, and is not on disk: told present, it would be lost with the power.
    await file.truncate(size);
    throw error;
  } finally {
    await file.close();
  }
}

/** Makes the folder, and durable what a killed process has written and not synced: it can be read like all else. */
async function settle(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const file = await open(join(folder, name), 'r+');
    await file.datasync().finally(() => file.close());
  }
  await syncFolder(folder);
}

/** Throws for a row that could be written and never be found again. */
function lineOf(table: string, row: object, place: number): string {
  const refuse = (why: string) => new LouverError('E_STORAGE_REJECTED', `row ${place} for ${table}: ${why}`);
  if (!Object.hasOwn(TABLE_IDENTITY, table)) throw refuse('there is no such table');
  const time = TABLE_IDENTITY[table as TableName]?.time;
  if (time !== undefined && !Number.isFinite((row as Row)[time])) throw refuse(`${time} is no time`);
  // JSON has no NaN: null would come back as 0, or as nothing.
  return JSON.stringify(row, (_name, member: unknown) =>
    typeof member === 'number' && !Number.isFinite(member) ? { number: String(member) } : member,
  );
}

function unavailable(cause: unknown): never {
  throw new LouverError('E_STORAGE_UNAVAILABLE', String(cause), { cause });
}

export class FileStorageWithLookup extends FileStorage {
  override readonly supports = { durable: true, lookup: true };

  present(table: TableName, keys: readonly RowKey[]): Promise<readonly boolean[]> {
    return this.during(async () => {
      const identity = TABLE_IDENTITY[table];
      if (identity === undefined) return keys.map(() => false);
      const times = new Map<string, number[]>();
      for (const row of await rowsIn(this.folder, table)) {
        const name = JSON.stringify([row['device_id'], row[identity.id]]);
        times.set(name, [...(times.get(name) ?? []), Number(row[identity.time])]);
      }
      return keys.map(({ deviceId, id, fromMs, toMs }) =>
        (times.get(JSON.stringify([deviceId, id])) ?? []).some((ms) => ms >= fromMs && ms <= toMs),
      );
    });
  }
}

/** Whole lines only: what a kill has torn was never resolved. */
async function rowsIn(folder: string, table: string): Promise<Row[]> {
  const text = await readFile(join(folder, `${table}.jsonl`), 'utf8').catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? '' : unavailable(error),
  );
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line, (_name, member: unknown) => numberIn(member)) as Row];
    } catch {
      return [];
    }
  });
}

function numberIn(member: unknown): unknown {
  return typeof member === 'object' && member !== null && 'number' in member ? Number(member.number) : member;
}

export class ReadableFileStorage extends FileStorageWithLookup {
  readonly reader: StorageReader = {
    devices: () => this.#ask((reader) => reader.devices()),
    latest: (deviceId) => this.#ask((reader) => reader.latest(deviceId)),
    readings: (quantity, query) => this.#ask((reader) => reader.readings(quantity, query)),
    recordings: (query) => this.#ask((reader) => reader.recordings(query)),
    actions: (query) => this.#ask((reader) => reader.actions(query)),
    predictions: (query) => this.#ask((reader) => reader.predictions(query)),
    deadLetters: (query) => this.#ask((reader) => reader.deadLetters(query)),
    newestMs: () => this.#ask((reader) => reader.newestMs()),
    lastRecordings: (sinceMs) => this.#ask((reader) => reader.lastRecordings(sinceMs)),
    lastActions: () => this.#ask((reader) => reader.lastActions()),
    history: (quantity: string, query: HistoryQuery) => this.#stream((reader) => reader.history(quantity, query)),
    features: (query: FeatureQuery) => this.#stream((reader) => reader.features(query)),
    rows: <T extends TableName>(table: T, query: RowsQuery) => this.#stream((reader) => reader.rows(table, query)),
  };

  /** Reads all files for every question: right for some thousand rows. A database asks for what is wanted. */
  #ask<R>(question: (reader: StorageReader) => Promise<R>): Promise<R> {
    return this.during(async (context) => {
      const memory = memoryStorage();
      await memory.open(context);
      for (const table of Object.keys(TABLE_IDENTITY) as TableName[]) {
        await memory.write(table, (await rowsIn(this.folder, table)) as never);
      }
      return question(memory.reader);
    });
  }

  async *#stream<B>(question: (reader: StorageReader) => AsyncIterable<B>): AsyncGenerator<B> {
    yield* await this.#ask(async (reader) => question(reader));
  }
}
