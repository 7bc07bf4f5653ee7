import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { acquireLockFile, LouverError, type Context, type LockFile } from '@louver/core';
import { ConnectionFault, type Connection } from '../connection.js';
import { databaseProblems } from '../database-name.js';
import { retentionProblems, type RetentionOptions } from '../schema/retention.js';
import { ClickhouseAdapter, type ClickhouseStorage } from '../storage-adapter.js';
import { ChdbConnection } from './chdb-connection.js';
import type { GuestDoor } from './guest-door.js';
import { loadChdb, type Chdb, type ChdbSession } from './load-chdb.js';

export interface EmbeddedClickhouseOptions {
  /** Data directory; made when it is missing. One per process, one process per directory. */
  readonly path: string;
  /** Made when it is missing. Default `iot`. */
  readonly database?: string;
  /** Whether a write waits until its rows are synced to the disk, and so survives a power cut too. Default true. */
  readonly fsync?: boolean;
  /** What is deleted, and when. `open` makes the tables so; `{}`: nothing. Absent: the tables stay as they are. */
  readonly retention?: RetentionOptions;
}

/** `fsync_part_directory`: without it a power cut may forget the name of a part whose content is safe. */
const SYNCED = { fsync_after_insert: 1, fsync_part_directory: 1 };

/**
 * In seconds; chdb deletes at once. A merge whose writes failed has left nothing else of its rows, see failed-writes.ts; its count is looked at
 * every 5 s. ClickHouse's own default is 480, which at several parts a second would be many small files.
 */
const KEPT = { old_parts_lifetime: 60 };

/** A storage whose engine others can read, see `clickhouseHttp`. */
export interface EmbeddedStorage extends ClickhouseStorage {
  /** Where the tables are. */
  readonly database: string;
  /** How readers come to the engine. */
  readonly guests: GuestDoor;
}

/**
 * Storage in a ClickHouse inside this process (chdb), without a server. Throws `E_CONFIG` for wrong options. `open` rejects with
 * `E_STORAGE_LOCKED` while another process has the directory, with `E_CONFIG` when chdb is not installed. A later `fsync: false` does
 * not undo the setting of tables that exist.
 */
export function embeddedClickhouse(options: EmbeddedClickhouseOptions): EmbeddedStorage {
  const { path, database = 'iot', fsync = true, retention } = options;
  const problems = [...databaseProblems(database), ...retentionProblems(retention)];
  if (typeof path !== 'string' || path === '') {
    problems.unshift(`path is ${JSON.stringify(path)}, expected the name of a directory`);
  }
  if (problems.length > 0) throw new LouverError('E_CONFIG', `embeddedClickhouse: ${problems.join('; ')}`);
  const directory = resolve(path);
  let connection: ChdbConnection | undefined;
  const opened = (): ChdbConnection => {
    if (connection?.isOpen !== true) throw new ConnectionFault('the database is not open', { kind: 'aborted' });
    return connection;
  };
  const adapter = new ClickhouseAdapter({
    name: 'clickhouse-embedded',
    database,
    connector: {
      target: directory,
      connect: async (context) => (connection = await connect(directory, database, context)),
      look: (context) =>
        existsSync(join(directory, 'metadata'))
          ? connect(directory, database, context)
          : Promise.resolve(NOTHING_THERE),
    },
    ...(retention && { retention }),
    tableSettings: fsync ? { every: KEPT, ofRows: SYNCED } : { every: KEPT },
  });
  const guests: GuestDoor = {
    openSession: () => opened().openSession(),
    call: async (call) => opened().call(call),
    kill: async (marker) => opened().kill(marker),
  };
  return Object.assign(adapter, { database, guests });
}

/** What an empty database answers, for a look at a directory that is still to be made. */
const NOTHING_THERE: Connection = {
  query: () => Promise.resolve(''),
  stream: () => Readable.from([]),
  insert: () => Promise.resolve(),
  copy: () => Promise.resolve(),
  command: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

async function connect(directory: string, database: string, context: Context): Promise<ChdbConnection> {
  const chdb = await loadChdb();
  // A lock of our own comes first: the engine has one too, but writes to stderr when it meets it.
  const lock = await lockDirectory(directory);
  let writes: ChdbSession | undefined;
  let reads: ChdbSession | undefined;
  try {
    writes = await openSession(chdb, directory);
    reads = await openSession(chdb, directory);
    const open = (): ChdbSession => chdb.openSession(directory);
    const release = (): Promise<void> => lock.release();
    return await ChdbConnection.begin({ directory, database, chdb, writes, reads, open, release }, context);
  } catch (error) {
    writes?.close();
    reads?.close();
    await lock.release();
    throw error;
  }
}

async function lockDirectory(directory: string): Promise<LockFile> {
  try {
    await mkdir(directory, { recursive: true });
    return await acquireLockFile(join(directory, 'louver.lock'), { code: 'E_STORAGE_LOCKED' });
  } catch (cause) {
    if (LouverError.is(cause)) throw cause;
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new LouverError('E_CONFIG', `data directory ${directory} cannot be written: ${words}`, { cause });
  }
}

/** Blocks the event loop for 0.02 to 0.7 s while the engine loads its tables: the one call of chdb that cannot be asynchronous. */
async function openSession(chdb: Chdb, directory: string): Promise<ChdbSession> {
  try {
    return chdb.openSession(directory);
  } catch (error) {
    const holder = await engineIn(directory);
    if (holder !== undefined) {
      const words = `data directory ${directory} is in use by process ${holder}, another program with a ClickHouse or chdb of its own`;
      throw new LouverError('E_STORAGE_LOCKED', `${words}; stop it, or use another directory`, { cause: error });
    }
    const found = error instanceof Error ? error.message : String(error);
    throw new LouverError('E_CONFIG', `embedded ClickHouse does not open ${directory}: ${found}`, { cause: error });
  }
}

/** The process of the engine that says it runs in this directory: chdb prints its reason to stderr and throws without it. */
async function engineIn(directory: string): Promise<number | undefined> {
  const status = await readFile(join(directory, 'status'), 'utf8').catch(() => '');
  const pid = Number(/^PID: (\d+)$/m.exec(status)?.[1] ?? NaN);
  if (Number.isNaN(pid) || pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM' ? pid : undefined;
  }
}
