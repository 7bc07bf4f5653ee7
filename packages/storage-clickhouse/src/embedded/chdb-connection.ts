import { statfs } from 'node:fs/promises';
import type { Context } from '@louver/core';
import {
  ConnectionFault,
  COPY_SETTINGS,
  INSERT_FORMAT,
  insertSettings,
  type Connection,
  type CopyTarget,
  type InsertRequest,
  type Params,
} from '../connection.js';
import { CallQueue } from './call-queue.js';
import { failedWrites, FailedWrites } from './failed-writes.js';
import type { GuestDoor } from './guest-door.js';
import type { Chdb, ChdbSession, ChdbStream } from './load-chdb.js';

/** Waiting calls per session: more means that nobody limits the callers. */
const MAX_WAITING = 256;

/** ClickHouse's own, see clickhouse-codes.ts. */
const CANNOT_WRITE_TO_FILE_DESCRIPTOR = 75;
const NOT_ENOUGH_SPACE = 243;

/** What merges failed to write is looked for so often, well within the time for which merged parts are kept. */
const LOOK_MS = 5_000;

/** A statement that changes a table writes its definition anew, and a write that fails leaves it empty. Many times what one takes. */
const DEFINITION_ROOM_BYTES = 4 * 1024 * 1024;

export interface ChdbSessions {
  readonly directory: string;
  /** Of our tables. */
  readonly database: string;
  readonly chdb: Chdb;
  readonly writes: ChdbSession;
  readonly reads: ChdbSession;
  /** One more, for a stream: 0.3 ms, once the engine runs. */
  readonly open: () => ChdbSession;
  /** Lets go of the directory. */
  readonly release: () => Promise<void>;
}

/**
 * Inside this process. chdb locks each session during a call, and a call that waits for the lock holds one of libuv's four threads: so
 * calls queue here, and two at the most run at a time, one that writes and one that reads. A running call cannot be stopped, hence a
 * signal counts only until it begins: no insert outlives its promise.
 */
export class ChdbConnection implements Connection, GuestDoor {
  readonly #sessions: ChdbSessions;
  readonly #writes = new CallQueue(MAX_WAITING);
  readonly #reads = new CallQueue(MAX_WAITING);
  #reader: ChdbSession;
  readonly #streams = new Set<ChdbSession>();
  readonly #context: Context;
  readonly #failedWrites: FailedWrites;
  readonly #closing = new AbortController();
  #isSettlingSoon = false;
  #isOpen = true;

  static async begin(sessions: ChdbSessions, context: Context): Promise<ChdbConnection> {
    const connection = new ChdbConnection(sessions, context);
    await connection.#failedWrites.begin();
    void connection.#look();
    return connection;
  }

  private constructor(sessions: ChdbSessions, context: Context) {
    this.#sessions = sessions;
    this.#reader = sessions.reads;
    this.#context = context;
    this.#failedWrites = new FailedWrites(sessions.writes, sessions.database);
  }

  insert(request: InsertRequest, signal?: AbortSignal): Promise<void> {
    const { table, columns, body } = request;
    const { writes } = this.#sessions;
    return this.#write(signal, async () => {
      const values = Buffer.concat(body);
      await writes.insert({ table, columns, values, format: INSERT_FORMAT, settings: insertSettings() });
    });
  }

  query(sql: string, params: Params, signal?: AbortSignal): Promise<string> {
    return this.#call(this.#reads, signal, async () => {
      try {
        const result = await this.#reader.queryBindAsync(sql, params, { format: 'JSONEachRow' });
        return result.text();
      } catch (error) {
        this.#renewReader();
        throw error;
      }
    });
  }

  /**
   * What a question has written before it failed stands in front of the next answer of its session (chdb 3.4): there is none. The session also has
   * its tables in use until then: they could not be loaded again.
   */
  #renewReader(): void {
    const failed = this.#reader;
    this.#reader = this.#sessions.open();
    failed.close();
  }

  /** In a session of its own. Each piece is a call among the others: whoever takes long over a piece holds up nobody. */
  async *stream(sql: string, params: Params): AsyncGenerator<string> {
    const { session, stream } = await this.#call(this.#reads, undefined, () =>
      Promise.resolve(this.#begin(sql, params)),
    );
    const pieces = stream[Symbol.asyncIterator]();
    try {
      for (;;) {
        const piece = await this.#call(this.#reads, undefined, () => pieces.next());
        if (piece.done === true) return;
        yield piece.value.text();
      }
    } finally {
      stream.cancel();
      this.#streams.delete(session);
      session.close();
    }
  }

  #begin(sql: string, params: Params): { readonly session: ChdbSession; readonly stream: ChdbStream } {
    const session = this.#sessions.open();
    try {
      const stream = session.queryStreamBind(sql, params, { format: 'JSONEachRow' });
      this.#streams.add(session);
      return { session, stream };
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** The engine writes the file itself, in one call of a session of its own. */
  copy(sql: string, params: Params, { file, format }: CopyTarget, signal?: AbortSignal): Promise<void> {
    const name = file.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
    return this.#call(this.#reads, signal, async () => {
      const session = this.#sessions.open();
      try {
        const before = await failedWrites(session);
        const copy = `${sql} INTO OUTFILE '${name}' FORMAT ${format} ${COPY_SETTINGS}`;
        await session.queryBindAsync(copy, params, { format: 'Null' });
        if ((await failedWrites(session)) !== before) throw writeFailed();
      } finally {
        session.close();
      }
    });
  }

  command(sql: string, params: Params = {}, signal?: AbortSignal): Promise<void> {
    return this.#write(signal, async () => {
      await this.#sessions.writes.queryBindAsync(sql, params, { format: 'Null' });
    });
  }

  async migrate(sql: string): Promise<void> {
    const { bavail, bsize } = await statfs(this.#sessions.directory);
    if (bavail * bsize < DEFINITION_ROOM_BYTES) {
      const words = `${bavail * bsize} bytes are free, ${DEFINITION_ROOM_BYTES} are needed to change a table safely`;
      throw new ConnectionFault(words, { kind: 'server', clickhouseCode: NOT_ENOUGH_SPACE });
    }
    await this.command(sql);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  openSession(): ChdbSession {
    return this.#sessions.open();
  }

  call<T>(call: () => Promise<T>): Promise<T> {
    return this.#reads.runAsGuest(call);
  }

  /** Through the writes: the reads wait for what is to be ended. */
  kill(marker: string): Promise<void> {
    return this.#call(this.#writes, undefined, async () => {
      await this.#sessions.writes.queryAsync(`KILL QUERY WHERE startsWith(query, '${marker}')`);
    });
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#closing.abort();
    await Promise.all([this.#writes.idle(), this.#reads.idle()]);
    for (const session of this.#streams) session.close();
    this.#sessions.writes.close();
    this.#reader.close();
    await this.#sessions.chdb.drain();
    await this.#sessions.release();
  }

  /** Whoever writes is told of writes that have failed meanwhile: what became of its rows is not known, and may be looked up now. */
  #write(signal: AbortSignal | undefined, call: () => Promise<void>): Promise<void> {
    return this.#call(this.#writes, signal, async () => {
      try {
        await call();
      } catch (error) {
        // What it had written before it failed must not stay as it is either.
        await this.#settle().catch(() => undefined);
        throw error;
      }
      if (await this.#settle()) throw writeFailed();
    });
  }

  async #settle(): Promise<boolean> {
    const haveFailed = await this.#failedWrites.settle();
    if (haveFailed) {
      this.#context.logger.warn('writes of the embedded engine failed; what is not whole was put aside', {
        directory: this.#sessions.directory,
        hint: 'is the disk full, or failing?',
      });
    }
    return haveFailed;
  }

  /** When a read fails: it may have met what is not whole. */
  #settleSoon(): void {
    if (!this.#isOpen || this.#isSettlingSoon) return;
    this.#isSettlingSoon = true;
    const settling = this.#call(this.#writes, undefined, () => {
      this.#isSettlingSoon = false;
      return this.#settle();
    });
    settling.catch(() => (this.#isSettlingSoon = false));
  }

  async #look(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#context.clock.sleep(LOOK_MS, signal);
      this.#settleSoon();
    }
  }

  #call<T>(queue: CallQueue, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    return queue.run(async () => {
      if (signal?.aborted) throw new ConnectionFault('stopped by the caller before it began', { kind: 'aborted' });
      try {
        return await call();
      } catch (error) {
        if (queue === this.#reads) this.#settleSoon();
        throw error instanceof ConnectionFault ? error : chdbFault(error);
      }
    });
  }
}

function writeFailed(): ConnectionFault {
  const words = 'a write to the disk failed, is it full? What was written is not whole';
  return new ConnectionFault(words, { kind: 'server', clickhouseCode: CANNOT_WRITE_TO_FILE_DESCRIPTOR });
}

export function chdbFault(error: unknown): ConnectionFault {
  const message = error instanceof Error ? error.message : String(error);
  const code = /\bCode: (\d+)/.exec(message)?.[1];
  return new ConnectionFault(message, {
    kind: 'server',
    ...(code === undefined ? {} : { clickhouseCode: Number(code) }),
    cause: error,
  });
}
