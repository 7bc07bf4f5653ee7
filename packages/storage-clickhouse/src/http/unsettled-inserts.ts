import type { Clock } from '@louver/core';
import { ConnectionFault, type Connection } from '../connection.js';
import { parseRows, textOf } from '../read/rows.js';

/** Ids remembered at the most: a lookup follows soon after each fault, or storage is away and nothing runs there. */
const MAX_IDS = 256;
/** An insert takes milliseconds and mostly ends by itself; an ended one may leave `device_latest` without its values. */
const WAIT_MS = 5_000;
const POLL_MS = 100;

/** READONLY, ACCESS_DENIED. */
const DENIED: ReadonlySet<number> = new Set([164, 497]);

/** A user who may not ask or end cannot know better: it must not hold up the lookup for ever. */
async function unlessDenied(answer: Promise<string>): Promise<string> {
  try {
    return await answer;
  } catch (fault) {
    if (fault instanceof ConnectionFault && DENIED.has(fault.clickhouseCode ?? -1)) return '';
    throw fault;
  }
}

/**
 * Inserts whose answer never came. ClickHouse may still be carrying one out: a lookup that runs before it ends finds nothing, and the
 * retry then doubles the rows. So the lookup first waits for their end, and ends them where they go on.
 */
export class UnsettledInserts {
  readonly #queryIds = new Set<string>();

  constructor(private readonly clock: Clock) {}

  add(queryId: string): void {
    if (this.#queryIds.size === MAX_IDS) {
      const [oldest] = this.#queryIds;
      if (oldest !== undefined) this.#queryIds.delete(oldest);
    }
    this.#queryIds.add(queryId);
  }

  /** Takes over what runs from before this connection: inserts of a process that was killed, whose rows will be looked up. */
  async adopt(connection: Pick<Connection, 'query'>, database: string): Promise<void> {
    const sql =
      'SELECT query_id FROM system.processes WHERE user = currentUser() ' +
      "AND startsWith(http_user_agent, 'louver') AND startsWith(query, {insert:String})";
    const text = await unlessDenied(connection.query(sql, { insert: `INSERT INTO ${database}.` }));
    for (const row of await parseRows(text)) this.add(textOf(row, 'query_id'));
  }

  /** Rejects with a `ConnectionFault` while one of them runs and cannot be ended. */
  async settle(connection: Pick<Connection, 'query'>, signal?: AbortSignal): Promise<void> {
    if (this.#queryIds.size === 0) return;
    const ids = [...this.#queryIds];
    const areRunning = async (): Promise<boolean> => {
      const sql = 'SELECT query_id FROM system.processes WHERE query_id IN {ids:Array(String)}';
      return (await unlessDenied(connection.query(sql, { ids }, signal))).trim() !== '';
    };
    const patientUntilMs = this.clock.now() + WAIT_MS;
    while (await areRunning()) {
      if (signal?.aborted) throw new ConnectionFault('stopped by the caller', { kind: 'aborted' });
      if (this.clock.now() >= patientUntilMs) {
        await this.#end(connection, ids, signal);
        if (!(await areRunning())) break;
        throw new ConnectionFault('an earlier insert of unknown outcome is still running', { kind: 'server' });
      }
      await this.clock.sleep(POLL_MS, signal);
    }
    for (const id of ids) this.#queryIds.delete(id);
  }

  /** SYNC: answers only when they have ended. */
  async #end(connection: Pick<Connection, 'query'>, ids: readonly string[], signal?: AbortSignal): Promise<void> {
    await unlessDenied(connection.query('KILL QUERY WHERE query_id IN {ids:Array(String)} SYNC', { ids }, signal));
  }
}
