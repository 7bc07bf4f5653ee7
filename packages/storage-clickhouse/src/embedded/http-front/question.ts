import { randomUUID } from 'node:crypto';
import type { Clock } from '@louver/core';
import type { GuestDoor } from '../guest-door.js';
import type { ChdbSession, ChdbStream } from '../load-chdb.js';
import { headBytes } from './chunk-heads.js';
import type { EngineFacts } from './engine-facts.js';
import { DEFAULT_FORMAT, formatOf, type Format } from './formats.js';
import { checkStatement } from './guard.js';
import { GuestError, refused } from './guest-error.js';
import type { GuestRequest } from './guest-request.js';
import { setStatement, type GuestLimits } from './guest-settings.js';
import { nativeBlocks } from './native-blocks.js';
import { quotedName, quotedText } from './sql-tokens.js';

/** A stream begins on the event loop: only of what is analysed within so much. */
const QUICK_MS = 50;
/** Between the two the machine may have been busy with something else: it is looked at again. */
const SLOW_MS = 250;
const MAX_LOOKS = 5;
/** A statement that was handed to the engine is not at once among those that it can end. */
const KILL_EVERY_MS = 50;

/** An answer from its first bytes on. */
export interface Answer {
  readonly format: Format;
  readonly body: AsyncIterable<Buffer>;
  /** Lets go of it, wherever it is. Idempotent. */
  close(): void;
}

/** One question of a reader, in sessions of its own: what is set in them ends with it. */
export class Question {
  readonly #door: GuestDoor;
  readonly #limits: GuestLimits;
  readonly #request: GuestRequest;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  /** Of the request, and over them those of the statement. */
  #settings: ReadonlyMap<string, string> = new Map();
  /** By which its statements are found among those that run: the guard leaves no comment of a reader's. */
  readonly #marker = `/* louver reader ${randomUUID()} */`;

  /** @param signal ends it, also while the engine works on it */
  constructor(door: GuestDoor, limits: GuestLimits, request: GuestRequest, signal: AbortSignal, clock: Clock) {
    this.#clock = clock;
    this.#door = door;
    this.#limits = limits;
    this.#request = request;
    this.#signal = signal;
  }

  /** Whatever must happen before the first bytes, in one turn. */
  begin({ refusals }: EngineFacts, database: string): Promise<Answer> {
    const { query, fields, defaultFormat } = this.#request;
    if (query.trim() === '') throw new GuestError(62, 'SYNTAX_ERROR', 'Syntax error: the request has no query.');
    return this.#turn(async () => {
      const { sql, ...checked } = checkStatement(await this.#canonical(query), valuesOf(fields), refusals);
      this.#settings = new Map([...fields, ...checked.settings]);
      const format = formatOf(checked.format ?? defaultFormat ?? DEFAULT_FORMAT);
      if (checked.isRows && format.pieces !== undefined && (this.#settings.get('extremes') ?? '0') === '0') {
        const streamed = await this.#stream(database, sql, format);
        if (streamed !== undefined) return streamed;
      }
      const session = await this.#session(database, false);
      try {
        this.#signal.throwIfAborted();
        const answer = await session.queryAsync(`${this.#marker} ${sql}`, { format: format.name });
        const whole = this.#written(Buffer.from(answer.bytes()), format);
        return { format, body: only(whole), close: () => undefined };
      } finally {
        session.close();
      }
    });
  }

  /** One statement without comments, as the engine itself reads it. Without the reader's settings: `offset` would skip it. */
  async #canonical(query: string): Promise<string> {
    const session = this.#door.openSession();
    try {
      await session.queryAsync(setStatement(new Map(), this.#limits, false));
      const answer = await session.queryAsync(`SELECT formatQuerySingleLine(${quotedText(query)})`, {
        format: 'RawBLOB',
      });
      return decoded(answer.bytes());
    } finally {
      session.close();
    }
  }

  /** Undefined when it is to be made in one piece: one without rows, or one that is worked on before it begins. */
  async #stream(database: string, sql: string, format: Format): Promise<Answer | undefined> {
    const session = await this.#session(database, true);
    let stream: ChdbStream | undefined;
    let isOpen = true;
    const close = (): void => {
      if (!isOpen) return;
      isOpen = false;
      stream?.cancel();
      session.close();
    };
    try {
      if (!(await this.#isQuick(session, sql))) return void close();
      this.#signal.throwIfAborted();
      stream = session.queryStream(`${this.#marker} ${sql}`, { format: format.name });
      const pieces = stream[Symbol.asyncIterator]();
      const first = await pieces.next();
      if (first.done === true) return void close();
      const next = (): Promise<IteratorResult<{ raw(): Uint8Array }>> => this.#turn(() => pieces.next());
      // Here, so that what cannot be written so is said instead of an answer.
      const begun = this.#written(Buffer.from(first.value.raw()), format);
      const body = this.#pieces(begun, next, format);
      return { format, body, close };
    } catch (error) {
      close();
      throw error;
    }
  }

  /** Subqueries that are one value, and whatever is constant, are worked out before anything else. */
  async #isQuick(session: ChdbSession, sql: string): Promise<boolean> {
    for (let look = 0; look < MAX_LOOKS; look++) {
      this.#signal.throwIfAborted();
      const started = performance.now();
      try {
        await session.queryAsync(`${this.#marker} EXPLAIN ${sql}`, { format: 'Null' });
      } catch (error) {
        // The plan is longer than the reader wants an answer to be.
        if (GuestError.of(error).code === 396) return false;
        throw error;
      }
      const took = performance.now() - started;
      if (took <= QUICK_MS) return true;
      if (took > SLOW_MS) return false;
    }
    return false;
  }

  async *#pieces(
    begun: Buffer,
    next: () => Promise<IteratorResult<{ raw(): Uint8Array }>>,
    format: Format,
  ): AsyncGenerator<Buffer> {
    yield begun;
    for (;;) {
      const { done, value } = await next();
      if (done === true) return;
      const piece = Buffer.from((value as { raw(): Uint8Array }).raw());
      yield this.#written(piece.subarray(headBytes(piece, format)), format);
    }
  }

  #written(bytes: Buffer, { name }: Format): Buffer {
    return name === 'Native' ? nativeBlocks(bytes, this.#request.protocolVersion) : bytes;
  }

  /** Nothing can be set in it any more. */
  async #session(database: string, isStreamed: boolean): Promise<ChdbSession> {
    // Whoever has gone meanwhile has had nothing ended yet.
    this.#signal.throwIfAborted();
    const session = this.#door.openSession();
    try {
      await session.queryAsync(`USE ${quotedName(database)}`);
      await session.queryAsync(setStatement(this.#settings, this.#limits, isStreamed));
      await session.queryAsync('SET readonly = 1');
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** The engine stops a statement when it is told to, and its call ends with that. */
  async #turn<T>(work: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    const kill = (): void => void this.#killUntil(over.signal);
    try {
      return await this.#door.call(async () => {
        this.#signal.throwIfAborted();
        this.#signal.addEventListener('abort', kill);
        return work();
      });
    } finally {
      this.#signal.removeEventListener('abort', kill);
      over.abort();
    }
  }

  async #killUntil(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await this.#door.kill(this.#marker).catch(() => undefined);
      await this.#clock.sleep(KILL_EVERY_MS, over);
    }
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refused('a string of the statement is not UTF-8: write it with unhex().');
  }
}

function valuesOf(fields: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const prefix = 'param_';
  const values = [...fields].filter(([name]) => name.startsWith(prefix));
  return new Map(values.map(([name, value]) => [name.slice(prefix.length), value]));
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
