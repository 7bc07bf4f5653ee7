import type { ChdbSession } from './load-chdb.js';

const COUNT = "SELECT value FROM system.events WHERE event = 'WriteBufferFromFileDescriptorWriteFailed'";

/** How many writes of this process's engine have failed. */
export async function failedWrites(session: ChdbSession): Promise<number> {
  const answer = await session.queryAsync(COUNT, { format: 'TSV' });
  // There is no row before the first one.
  return Number(answer.text());
}

/**
 * chdb goes on when a write fails (no space, a failing disk), where a ClickHouse server throws: an insert is done, and a part that lacks
 * content takes the place of those that it was merged from. All that it does is count. A part that is not whole is found out when its table
 * is loaded: it is put aside, and those that it was merged from are there again, unless they were deleted meanwhile (`old_parts_lifetime`).
 * One call at a time.
 */
export class FailedWrites {
  readonly #session: ChdbSession;
  readonly #database: string;
  #known = 0;
  /** To be loaded again. */
  readonly #doubtful = new Set<string>();
  /** Of these, those that are not loaded now. */
  readonly #detached = new Set<string>();

  /** @param database whose tables are put right */
  constructor(session: ChdbSession, database: string) {
    this.#session = session;
    this.#database = database;
  }

  /** What failed until now does not count: the tables have just been loaded. */
  async begin(): Promise<void> {
    this.#known = await failedWrites(this.#session);
  }

  /** Resolves to whether writes have failed since the last time, once the tables are put right. Rejects when they could not be, and may be repeated. */
  async settle(): Promise<boolean> {
    // What fails while they are loaded is met the next time.
    const count = await failedWrites(this.#session);
    if (count !== this.#known) for (const table of await this.#tables()) this.#doubtful.add(table);
    this.#known = count;
    if (this.#doubtful.size === 0) return false;
    const outcomes = [];
    for (const table of this.#doubtful) outcomes.push(await this.#load(table).catch((error: unknown) => ({ error })));
    const failure = outcomes.find((outcome) => outcome !== undefined);
    if (failure !== undefined) throw failure.error;
    return true;
  }

  async #tables(): Promise<readonly string[]> {
    const sql = `SELECT name FROM system.tables WHERE database = '${this.#database}' AND engine LIKE '%MergeTree'`;
    const answer = await this.#session.queryAsync(sql, { format: 'TSV' });
    return answer.text().split('\n').filter(Boolean);
  }

  /** Rejects while somebody reads it still. */
  async #load(table: string): Promise<void> {
    if (!this.#detached.has(table)) await this.#session.queryAsync(`DETACH TABLE ${this.#database}.${table}`);
    this.#detached.add(table);
    await this.#session.queryAsync(`ATTACH TABLE ${this.#database}.${table}`);
    this.#detached.delete(table);
    this.#doubtful.delete(table);
  }
}
