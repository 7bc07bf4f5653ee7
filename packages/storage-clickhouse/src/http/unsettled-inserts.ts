import { ConnectionFault, type Connection } from '../connection.js';

/** Ids remembered at the most: a lookup follows soon after each fault, or storage is away and nothing runs there. */
const MAX_IDS = 256;

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

  add(queryId: string): void {
    if (this.#queryIds.size === MAX_IDS) {
      const [oldest] = this.#queryIds;
      if (oldest !== undefined) this.#queryIds.delete(oldest);
    }
    this.#queryIds.add(queryId);
  }

  /** Rejects with a `ConnectionFault` while one of them runs and cannot be ended. */
  async settle(connection: Pick<Connection, 'query'>, signal?: AbortSignal): Promise<void> {
    if (this.#queryIds.size === 0) return;
    const ids = [...this.#queryIds];
    const running = async (): Promise<boolean> => {
      const sql = 'SELECT query_id FROM system.processes WHERE query_id IN {ids:Array(String)}';
      return (await unlessDenied(connection.query(sql, { ids }, signal))).trim() !== '';
    };
    if (await running()) {
      // SYNC: answers only when they have ended.
      const sql = 'KILL QUERY WHERE query_id IN {ids:Array(String)} SYNC';
      await unlessDenied(connection.query(sql, { ids }, signal));
      if (await running()) {
        throw new ConnectionFault('an earlier insert of unknown outcome is still running', { kind: 'server' });
      }
    }
    for (const id of ids) this.#queryIds.delete(id);
  }
}
