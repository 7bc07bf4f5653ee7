import { REPLAYED, type DeadLetterQuery, type DeadLetterRow } from '@louver/core';
import { idLists } from './id-lists.js';
import { deadLetterOf } from './mapping.js';
import { newestFirst, timeRange } from './newest-first.js';
import { numberOf, textOf, type ReadRow } from './rows.js';
import { newestMsStatement, type SelectRows, type Statement } from './statement.js';

/** Letters whose markers are looked for at once. */
const PAGE = 1_000;

/** What a letter is found by. Somebody else's may share it: they come together. */
interface Place {
  readonly deviceId: string;
  readonly ms: number;
  readonly id: string;
}

interface Page extends DeadLetterQuery {
  readonly fromMs: number;
  readonly toMs: number;
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
    numberOf((await select(newestMsStatement(database, 'dead_letters', 'received_at')))[0] ?? {}, 'ms');
  return newestFirst(range, limit, newestMs, (window, rest) =>
    pages(select, database, { ...query, ...window, limit: rest }),
  );
}

/**
 * First where letters are, from four short columns; then which of them are marked; then the rest of those that are not: payloads are long, and most
 * are not asked for. Marked ones are skipped, so a page may yield few: goes on until there are enough, or no more.
 */
async function pages(select: SelectRows, database: string, query: Page): Promise<DeadLetterRow[]> {
  const found: DeadLetterRow[] = [];
  let before: Place | undefined;
  while (found.length < query.limit) {
    const limit = Math.min(PAGE, query.limit - found.length);
    const places = (await select(placesStatement(database, { ...query, limit }, before))).map(placeOf);
    const marked = await markedIds(select, database, places);
    const wanted = places.filter(({ id }) => !marked.has(id));
    for (const some of chunksOf(wanted)) found.push(...(await lettersAt(select, database, query, some)));
    before = places.at(-1);
    if (before === undefined || places.length < limit) break;
  }
  return found.slice(0, query.limit);
}

function placeOf(row: ReadRow): Place {
  return { deviceId: textOf(row, 'device'), ms: numberOf(row, 'ms'), id: textOf(row, 'message_id') };
}

async function markedIds(select: SelectRows, database: string, places: readonly Place[]): Promise<ReadonlySet<string>> {
  const marked = new Set<string>();
  // Somebody else's rows may have no id: one of them says nothing of another.
  const ids = places.map(({ id }) => id).filter((id) => id !== '');
  for (const some of idLists(ids)) {
    for (const row of await select(markerStatement(database, some))) marked.add(textOf(row, 'message_id'));
  }
  return marked;
}

/** Lists of places that fit into a query: of a page whose ties make it long there are several. */
function* chunksOf(places: readonly Place[]): Generator<readonly Place[]> {
  for (let at = 0; at < places.length; at += PAGE) yield places.slice(at, at + PAGE);
}

async function lettersAt(
  select: SelectRows,
  database: string,
  query: Page,
  places: readonly Place[],
): Promise<DeadLetterRow[]> {
  const nameOf = ({ deviceId, ms, id }: Place): string => JSON.stringify([deviceId, ms, id]);
  const wanted = new Set(places.map(nameOf));
  const found: DeadLetterRow[] = [];
  for (const devices of idLists(places.map(({ deviceId }) => deviceId))) {
    const rows = await select(lettersStatement(database, query, devices, places));
    for (const letter of rows.map(deadLetterOf)) {
      const { device_id: deviceId, received_at: ms, message_id: id } = letter;
      if (wanted.has(nameOf({ deviceId, ms, id }))) found.push(letter);
    }
  }
  return found.sort((a, b) => b.received_at - a.received_at || (a.message_id < b.message_id ? 1 : -1));
}

function markerStatement(database: string, ids: readonly string[]): Statement {
  const sql =
    `SELECT DISTINCT r.message_id AS message_id FROM ${database}.dead_letters AS r ` +
    `WHERE r.message_id IN {ids:Array(String)} AND r.code = '${REPLAYED}'`;
  return { sql, params: { ids } };
}

/** With all that share the last place, so that the next page begins after them. */
function placesStatement(database: string, query: Page, before: Place | undefined): Statement {
  const { limit, messageIds } = query;
  const { conditions, params } = wanted(query);
  const sql =
    'SELECT DISTINCT r.device_id AS device, toUnixTimestamp64Milli(r.received_at) AS ms, r.message_id AS message_id ' +
    `FROM ${database}.dead_letters AS r WHERE ${conditions}` +
    (messageIds === undefined ? '' : ' AND r.message_id IN {ids:Array(String)}') +
    (before === undefined
      ? ''
      : ' AND (r.received_at, r.message_id, r.device_id) < ' +
        '(fromUnixTimestamp64Milli({before:Int64}), {before_id:String}, {before_device:String})') +
    ' ORDER BY r.received_at DESC, r.message_id DESC, r.device_id DESC LIMIT {limit:UInt32}';
  return {
    sql,
    params: {
      ...params,
      limit,
      ...(messageIds !== undefined && { ids: messageIds }),
      ...(before !== undefined && { before: before.ms, before_id: before.id, before_device: before.deviceId }),
      // What is older than a place is not newer than it.
      ...(before !== undefined && { to: Math.min(query.toMs, before.ms) }),
    },
  };
}

function lettersStatement(
  database: string,
  query: Page,
  devices: readonly string[],
  places: readonly Place[],
): Statement {
  const { maxPayloadChars } = query;
  // They come newest first.
  const { conditions, params } = wanted({ ...query, fromMs: places.at(-1)!.ms, toMs: places[0]!.ms });
  const payload = maxPayloadChars === undefined ? 'r.payload' : 'substring(r.payload, 1, {chars:UInt32})';
  const sql =
    'SELECT toUnixTimestamp64Milli(r.received_at) AS ms, r.topic AS topic, r.device_id AS device, r.code AS code, r.detail AS detail, ' +
    `${payload} AS content, r.message_id AS message_id FROM ${database}.dead_letters AS r WHERE ${conditions} ` +
    'AND r.device_id IN {devices:Array(String)} ' +
    // As texts: the one kind of list that both connections bind alike.
    'AND r.received_at IN arrayMap(ms -> fromUnixTimestamp64Milli(toInt64(ms)), {times:Array(String)})';
  return {
    sql,
    params: {
      ...params,
      devices,
      times: [...new Set(places.map(({ ms }) => String(ms)))],
      ...(maxPayloadChars !== undefined && { chars: Math.min(0xffffffff, Math.max(0, Math.floor(maxPayloadChars))) }),
    },
  };
}

function wanted({ fromMs, toMs, deviceId, code }: Page): {
  readonly conditions: string;
  readonly params: Statement['params'];
} {
  const conditions =
    'r.received_at >= fromUnixTimestamp64Milli({from:Int64}) AND r.received_at <= fromUnixTimestamp64Milli({to:Int64}) ' +
    `AND r.code != '${REPLAYED}'` +
    (deviceId === undefined ? '' : ' AND r.device_id = {device:String}') +
    (code === undefined ? '' : ' AND r.code = {code:String}');
  const params = {
    from: fromMs,
    to: toMs,
    ...(deviceId !== undefined && { device: deviceId }),
    ...(code !== undefined && { code }),
  };
  return { conditions, params };
}
