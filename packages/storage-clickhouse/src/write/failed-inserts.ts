import type { Context, EpochMs } from '@louver/core';
import { ConnectionFault, type Connection } from '../connection.js';

/** `… (while reading from part …/202611_7_7_0/ in table iot.sensor_humidity (…`; one block, 7 to 7, is one insert. */
const UNREADABLE = /while reading from part \S*?\/(\w+?_(\d+)_\2_\d+)\/ in table (\w+)\.(\w+)\b/;
/** Times of files are in whole seconds, and not of this clock. */
const SLACK_MS = 2_000;

interface Span {
  readonly fromMs: EpochMs;
  /** Undefined: its rows are not written yet. */
  toMs: EpochMs | undefined;
}

/**
 * What inserts that failed have left behind. On a full disk ClickHouse may list a part whose marks were never written (26.7): from then on every question
 * that reads it fails, also the look-up without which its rows cannot be written again. At a start the engine sets such parts aside by itself.
 */
export class FailedInserts {
  readonly #database: string;
  readonly #spans = new Map<string, Span>();

  constructor(database: string) {
    this.#database = database;
  }

  failed(table: string, startedMs: EpochMs): void {
    const span = this.#spans.get(table);
    if (span === undefined || span.toMs !== undefined) this.#spans.set(table, { fromMs: startedMs, toMs: undefined });
  }

  succeeded(table: string, nowMs: EpochMs): void {
    const span = this.#spans.get(table);
    if (span !== undefined) span.toMs ??= nowMs;
  }

  /**
   * Sets the part aside that a question failed on, when it is of one insert, and that was made while inserts failed: none of its rows counts as stored.
   * Resolves to whether there is reason to ask again.
   */
  async setAside(fault: unknown, connection: Connection, { clock, logger }: Context): Promise<boolean> {
    const found = fault instanceof ConnectionFault ? UNREADABLE.exec(fault.message) : null;
    if (found === null || this.#spans.size === 0) return false;
    const [, part, , database, table] = found as unknown as [string, string, string, string, string];
    if (database !== this.#database) return false;
    const nowMs = clock.now();
    for (const { fromMs, toMs } of this.#spans.values()) {
      const params = {
        database,
        table,
        part,
        oldest: Math.ceil((nowMs - fromMs + SLACK_MS) / 1000),
        newest: toMs === undefined ? -1 : Math.floor((nowMs - toMs - SLACK_MS) / 1000),
      };
      if ((await connection.query(MADE_THEN, params)).trim() === '') continue;
      // Both names are of our own tables, as the engine has just said them.
      await connection.command(`ALTER TABLE ${database}.${table} DETACH PART '${part}'`);
      logger.warn('an unreadable part of an insert that failed was set aside; its rows are written again', {
        table,
        part,
      });
      return true;
    }
    return false;
  }
}

const MADE_THEN =
  'SELECT name FROM system.parts WHERE active AND database = {database:String} AND table = {table:String} AND name = {part:String} ' +
  'AND modification_time >= now() - {oldest:Int64} AND modification_time <= now() - {newest:Int64}';
