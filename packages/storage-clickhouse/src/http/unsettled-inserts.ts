import { ConnectionFault, type Connection } from '../connection.js';

/** Ids remembered at the most: a lookup follows soon after each fault, or storage is away and nothing runs there. */
const MAX_IDS = 256;

const NO_RIGHT_TO_KILL: ReadonlySet<number> = new Set([497, 164]);

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
    const running = 'SELECT query_id FROM system.processes WHERE query_id IN {ids:Array(String)}';
    if ((await connection.query(running, { ids }, signal)).trim() !== '') {
      try {
        // SYNC: answers only when they have ended.
        await connection.query('KILL QUERY WHERE query_id IN {ids:Array(String)} SYNC', { ids }, signal);
      } catch (fault) {
        if (!(fault instanceof ConnectionFault) || !NO_RIGHT_TO_KILL.has(fault.clickhouseCode ?? -1)) throw fault;
      }
      if ((await connection.query(running, { ids }, signal)).trim() !== '') {
        throw new ConnectionFault('an earlier insert of unknown outcome is still running', { kind: 'server' });
      }
    }
    for (const id of ids) this.#queryIds.delete(id);
  }
}
