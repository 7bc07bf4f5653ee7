import type { RowKey } from '@louver/core';
import { SELECT_SETTINGS, type Connection } from '../connection.js';
import { wellFormed } from '../well-formed.js';
import { listsOf } from './id-lists.js';
import { numberOf, parseRows, textOf } from './rows.js';
import { clampTime } from './times.js';

/** No more than these are asked for by their ids at once. */
const FEW_KEYS = 500;
/** Bytes of ids that one answer may hold: some 30,000 hashes. */
const MAX_ANSWER_CHARS = 1024 * 1024;

export interface FoundRow {
  readonly deviceId: string;
  readonly id: string;
  readonly ms: number;
}

/** Keys, and where all of them are looked for. Times inclusive. */
export interface Question {
  readonly keys: readonly RowKey[];
  readonly devices: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Each key has a time of its own. */
  readonly isExact: boolean;
}

export function questionOf(keys: readonly RowKey[]): Question {
  let fromMs = Infinity;
  let toMs = -Infinity;
  for (const key of keys) {
    fromMs = Math.min(fromMs, key.fromMs);
    toMs = Math.max(toMs, key.toMs);
  }
  const devices = [...new Set(keys.map(({ deviceId }) => deviceId))];
  return { keys, devices, fromMs, toMs, isExact: keys.every((key) => key.fromMs === key.toMs) };
}

/** Asks one table for the rows of keys. */
export class TableLookup {
  readonly #select: string;
  readonly #where: string;
  readonly #id: string;

  constructor(
    private readonly connection: Connection,
    table: string,
    identity: { readonly id: string; readonly time: string },
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#id = `r.${identity.id}`;
    this.#select = `r.device_id AS device, ${this.#id} AS id, toUnixTimestamp64Milli(r.${identity.time}) AS ms`;
    this.#where =
      `FROM ${table} AS r WHERE r.device_id IN {devices:Array(String)} ` +
      `AND r.${identity.time} >= fromUnixTimestamp64Milli({from:Int64}) ` +
      `AND r.${identity.time} <= fromUnixTimestamp64Milli({to:Int64})`;
  }

  /** Every row that a key asks for, perhaps with others of these devices and times. */
  async ask(question: Question): Promise<readonly FoundRow[]> {
    // A batch that was being inserted is nearly all that there is of its time: to read that takes a twentieth of asking for each id.
    if (question.isExact && question.keys.length > FEW_KEYS) {
      const rows = await this.#everything(question);
      if (rows !== undefined) return rows;
    }
    const found: (readonly FoundRow[])[] = [];
    // Where ids repeat (the name of a device's event) each stands for many rows.
    const isRepeated = new Set(question.keys.map(({ id }) => id)).size < question.keys.length / 2;
    const limits = isRepeated ? { maxItems: FEW_KEYS } : {};
    for (const keys of listsOf(question.keys, ({ id }) => id, limits)) found.push(await this.#named(questionOf(keys)));
    return found.flat();
  }

  /** `undefined`: there is more than twice of what is asked for, or more than an answer may hold. */
  async #everything({ keys, ...range }: Question): Promise<readonly FoundRow[] | undefined> {
    const longest = keys.reduce((most, { id }) => Math.max(most, Buffer.byteLength(id)), 1);
    const most = Math.min(2 * keys.length, Math.floor(MAX_ANSWER_CHARS / longest));
    if (most < keys.length) return undefined;
    const condition = `AND length(${this.#id}) <= {longest:UInt32} LIMIT {limit:UInt32}`;
    const rows = await this.#query('SELECT', condition, range, { longest, limit: most + 1 });
    return rows.length > most ? undefined : rows;
  }

  #named({ keys, ...range }: Question): Promise<readonly FoundRow[]> {
    const ids = [...new Set(keys.map(({ id }) => wellFormed(id)))];
    return this.#query('SELECT DISTINCT', `AND ${this.#id} IN {ids:Array(String)}`, range, { ids });
  }

  async #query(
    select: string,
    condition: string,
    { devices, fromMs, toMs }: Omit<Question, 'keys'>,
    more: Readonly<Record<string, number | readonly string[]>>,
  ): Promise<FoundRow[]> {
    const sql = `${select} ${this.#select} ${this.#where} ${condition} ${SELECT_SETTINGS}`;
    const params = { devices, from: clampTime(fromMs), to: clampTime(toMs), ...more };
    const rows = await parseRows(await this.connection.query(sql, params, this.signal));
    return rows.map((row) => ({ deviceId: textOf(row, 'device'), id: textOf(row, 'id'), ms: numberOf(row, 'ms') }));
  }
}
