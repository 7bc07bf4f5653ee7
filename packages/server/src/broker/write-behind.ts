import type { Context } from '@louver/core';

/** What this needs of LevelDB. */
export interface Writable {
  open(): Promise<void>;
  close(): Promise<void>;
  batch(operations: Operation[]): Promise<void>;
}

type Operation = { type: 'put'; key: string; value: Uint8Array } | { type: 'del'; key: string };

/**
 * Changes on their way to disk, gathered while the last ones are written. Not synced: what is written survives the death of the process,
 * not a loss of power in the same moment.
 */
export interface WriteBehind {
  /** `undefined` removes. */
  set(key: string, value: Uint8Array | undefined): void;
  /** Removes a key that is written once only: if it never got to disk, nothing has to be removed there. */
  drop(key: string): void;
  /** Resolves when everything that was set is written; at once, and as `undefined`, while it cannot be. */
  written(): Promise<void> | undefined;
  /** Why nothing can be written now, in words; else `undefined`. */
  readonly trouble: string | undefined;
  close(): Promise<void>;
}

/** Keeps nothing. */
export const inMemoryOnly: WriteBehind = {
  set: () => undefined,
  drop: () => undefined,
  written: () => undefined,
  trouble: undefined,
  close: () => Promise.resolve(),
};

const RETRY_MS = 1_000;

/**
 * @param broken why it could not be opened; it is tried again like after a failed write
 *
 * While the disk refuses, the broker goes on from memory: the changes wait here, one per key, and are written when it takes them again.
 */
export function writeBehind(level: Writable, directory: string, context: Context, broken?: string): WriteBehind {
  const { clock, logger, metrics } = context;
  let changes = new Map<string, Uint8Array | undefined>();
  let waiting: (() => void)[] = [];
  let writing: Promise<void> | undefined;
  /** Why the disk refuses. */
  let away: string | undefined;
  let closed = false;
  const ended = new AbortController();

  const writeChanges = async (): Promise<void> => {
    const batch = changes;
    changes = new Map();
    try {
      await level.batch([...batch].map(operation));
    } catch (error) {
      for (const [key, value] of changes) batch.set(key, value);
      changes = batch;
      throw error;
    }
  };

  const tell = (): void => {
    const told = waiting;
    waiting = [];
    for (const resolve of told) resolve();
  };

  const write = async (): Promise<void> => {
    // What comes in the same turn of the loop is written together.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (changes.size > 0 && away === undefined) {
      const told = waiting;
      waiting = [];
      await writeChanges().catch((error: unknown) => leave((error as Error).message));
      for (const resolve of told) resolve();
    }
    writing = undefined;
    tell();
  };

  const leave = (reason: string): void => {
    away = reason;
    metrics.count('broker_unkept_total', {}, changes.size);
    logger.error('the broker cannot write to its folder: what it keeps would not survive a restart', {
      directory,
      reason,
    });
    void comeBack();
  };

  const comeBack = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await clock.sleep(RETRY_MS, ended.signal);
      if (ended.signal.aborted) return;
      try {
        // Anew: behind a record that was torn, LevelDB would not find later ones again.
        await level.close();
        await level.open();
        while (changes.size > 0) await writeChanges();
      } catch {
        continue;
      }
      away = undefined;
      logger.info('the broker writes to its folder again, nothing is missing there', { directory });
      return;
    }
  };

  if (broken !== undefined) leave(broken);
  return {
    set(key, value) {
      if (closed) return;
      changes.set(key, value);
      if (away !== undefined) metrics.count('broker_unkept_total');
      else writing ??= write();
    },
    drop(key) {
      if (changes.get(key) !== undefined) changes.delete(key);
      else this.set(key, undefined);
    },
    written() {
      if (away !== undefined || writing === undefined) return undefined;
      return new Promise((resolve) => waiting.push(resolve));
    },
    get trouble() {
      return away === undefined
        ? undefined
        : `the broker cannot write to ${directory} (${away}): sessions and retained messages would not survive a restart`;
    },
    async close() {
      ended.abort();
      while (writing !== undefined) await writing;
      closed = true;
      if (away !== undefined) await writeChanges().catch(() => undefined);
      await level.close().catch(() => undefined);
    },
  };
}

function operation([key, value]: [string, Uint8Array | undefined]): Operation {
  return value === undefined ? { type: 'del', key } : { type: 'put', key, value };
}
