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
import type { GuestDoor } from './guest-door.js';
import type { Chdb, ChdbSession, ChdbStream } from './load-chdb.js';

/** Waiting calls per session: more means that nobody limits the callers. */
const MAX_WAITING = 256;

export interface ChdbSessions {
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
  #isOpen = true;

  constructor(sessions: ChdbSessions) {
    this.#sessions = sessions;
    this.#reader = sessions.reads;
  }

  insert(request: InsertRequest, signal?: AbortSignal): Promise<void> {
    const { table, columns, body } = request;
    return this.#call(this.#writes, signal, async () => {
      const values = Buffer.concat(body);
      await this.#sessions.writes.insert({ table, columns, values, format: INSERT_FORMAT, settings: insertSettings() });
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

  /** What a question has written before it failed stands in front of the next answer of its session (chdb 3.4): there is none. */
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
        const copy = `${sql} INTO OUTFILE '${name}' FORMAT ${format} ${COPY_SETTINGS}`;
        await session.queryBindAsync(copy, params, { format: 'Null' });
      } finally {
        session.close();
      }
    });
  }

  command(sql: string, params: Params = {}, signal?: AbortSignal): Promise<void> {
    return this.#call(this.#writes, signal, async () => {
      await this.#sessions.writes.queryBindAsync(sql, params, { format: 'Null' });
    });
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
    await Promise.all([this.#writes.idle(), this.#reads.idle()]);
    for (const session of this.#streams) session.close();
    this.#sessions.writes.close();
    this.#reader.close();
    await this.#sessions.chdb.drain();
    await this.#sessions.release();
  }

  #call<T>(queue: CallQueue, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    return queue.run(async () => {
      if (signal?.aborted) throw new ConnectionFault('stopped by the caller before it began', { kind: 'aborted' });
      try {
        return await call();
      } catch (error) {
        throw chdbFault(error);
      }
    });
  }
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
