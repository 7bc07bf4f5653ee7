import { REPLAYED, type DeadLetterQuery, type DeadLetterRow } from '@louver/core';
import { idLists } from './id-lists.js';
import { deadLetterOf } from './mapping.js';
import { newestFirst, timeRange } from './newest-first.js';
import { textOf } from './rows.js';
import { newestMsStatement, type SelectRows, type Statement } from './statement.js';

/** Letters whose markers are looked for at once. */
const PAGE = 1_000;

/** Where a page ends: the next one is older. */
interface Place {
  readonly ms: number;
  readonly id: string;
}

interface Page extends DeadLetterQuery {
  readonly fromMs: number;
  readonly toMs: number;
  readonly before?: Place | undefined;
}

/** Dead letters that have no marker, newest first: those of some ids, or of a range. */
export async function readDeadLetters(
  select: SelectRows,
  database: string,
  query: DeadLetterQuery,
): Promise<DeadLetterRow[]> {
  const limit = Math.min(0xffffffff, Math.max(0, Math.floor(query.limit)));
  const range = timeRange(query);
  if (query.messageIds !== undefined) {
    const found: DeadLetterRow[] = [];
    for (const messageIds of idLists(query.messageIds)) {
      found.push(...(await pages(select, database, { ...query, ...range, limit, messageIds })));
    }
    return found.sort((a, b) => b.received_at - a.received_at).slice(0, limit);
  }
  const newestMs = async (): Promise<number> =>
    Number((await select(newestMsStatement(database, 'dead_letters', 'received_at')))[0]?.['ms']);
  return newestFirst(range, limit, newestMs, (window, rest) =>
    pages(select, database, { ...query, ...window, limit: rest }),
  );
}

/** Letters with a marker are skipped, so a page may yield few: goes on until there are enough, or no more. */
async function pages(select: SelectRows, database: string, query: Page): Promise<DeadLetterRow[]> {
  const found: DeadLetterRow[] = [];
  let before: Place | undefined;
  while (found.length < query.limit) {
    const limit = Math.min(PAGE, query.limit - found.length);
    const rows = (await select(deadLetterStatement(database, { ...query, limit, before }))).map(deadLetterOf);
    const marked = await markedIds(select, database, rows);
    found.push(...rows.filter(({ message_id: id }) => !marked.has(id)));
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) break;
    before = { ms: last.received_at, id: last.message_id };
  }
  return found.slice(0, query.limit);
}

async function markedIds(
  select: SelectRows,
  database: string,
  rows: readonly DeadLetterRow[],
): Promise<ReadonlySet<string>> {
  const marked = new Set<string>();
  // Somebody else's rows may have no id: one of them says nothing of another.
  const ids = rows.map(({ message_id: id }) => id).filter((id) => id !== '');
  for (const some of idLists(ids)) {
    for (const row of await select(markerStatement(database, some))) marked.add(textOf(row, 'message_id'));
  }
  return marked;
}

function markerStatement(database: string, ids: readonly string[]): Statement {
  const sql =
    `SELECT DISTINCT r.message_id AS message_id FROM ${database}.dead_letters AS r ` +
    `WHERE r.message_id IN {ids:Array(String)} AND r.code = '${REPLAYED}'`;
  return { sql, params: { ids } };
}

/** The inner SELECT reads four short columns, the outer one only what the primary key points at: payloads are long, and most are not asked for. */
function deadLetterStatement(database: string, page: Page): Statement {
  const { deviceId, code, messageIds, fromMs, toMs, limit, maxPayloadChars, before } = page;
  const table = `${database}.dead_letters`;
  const wanted = (row: string): string =>
    `${row}.received_at >= fromUnixTimestamp64Milli({from:Int64}) AND ${row}.received_at <= fromUnixTimestamp64Milli({to:Int64}) ` +
    `AND ${row}.code != '${REPLAYED}' ` +
    (deviceId === undefined ? '' : `AND ${row}.device_id = {device:String} `) +
    (code === undefined ? '' : `AND ${row}.code = {code:String} `) +
    (messageIds === undefined ? '' : `AND ${row}.message_id IN {ids:Array(String)} `) +
    (before === undefined
      ? ''
      : `AND (${row}.received_at, ${row}.message_id) < (fromUnixTimestamp64Milli({before:Int64}), {before_id:String}) `);
  const newest = (row: string): string =>
    `ORDER BY ${row}.received_at DESC, ${row}.message_id DESC LIMIT {limit:UInt32}`;
  const payload = maxPayloadChars === undefined ? 'r.payload' : 'substring(r.payload, 1, {chars:UInt32})';
  const sql =
    'SELECT toUnixTimestamp64Milli(r.received_at) AS ms, r.topic AS topic, r.device_id AS device, r.code AS code, r.detail AS detail, ' +
    `${payload} AS content, r.message_id AS message_id FROM ${table} AS r WHERE ${wanted('r')}` +
    `AND (r.device_id, r.received_at, r.message_id) IN (SELECT n.device_id, n.received_at, n.message_id FROM ${table} AS n ` +
    `WHERE ${wanted('n')}${newest('n')}) ${newest('r')}`;
  const params = {
    from: fromMs,
    // What is older than a place is not newer than it.
    to: Math.min(toMs, before?.ms ?? toMs),
    limit,
    ...(deviceId !== undefined && { device: deviceId }),
    ...(code !== undefined && { code }),
    ...(messageIds !== undefined && { ids: messageIds }),
    ...(maxPayloadChars !== undefined && { chars: Math.min(0xffffffff, Math.max(0, Math.floor(maxPayloadChars))) }),
    ...(before !== undefined && { before: before.ms, before_id: before.id }),
  };
  return { sql, params };
}
