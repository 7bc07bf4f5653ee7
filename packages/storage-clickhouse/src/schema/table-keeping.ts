import type { Logger } from '@louver/core';
import type { Connection } from '../connection.js';
import { parseRows, textOf } from '../read/rows.js';
import type { Dialect } from './dialect.js';
import { ROW_SOURCES } from './latest-rows.js';
import { VALUE_SOURCES } from './latest-values.js';
import { inWords, ownSeconds, ttlIn, ttlOf, wantedRetention, type RetentionOptions } from './retention.js';
import { alterRows } from './statements.js';
import { TABLES } from './tables.js';

/** Tables that no rows of ours are written to: what is newest of each device, and what was applied. */
const FED_TABLES = ['schema_migrations', ...new Set([...VALUE_SOURCES, ...ROW_SOURCES].map(({ target }) => target))];

/** One table's rows are to be kept otherwise than they are. */
export interface KeepingChange {
  readonly table: string;
  readonly statement: string;
  /** For the log. */
  readonly change: Readonly<Record<string, string>>;
}

/** ClickHouse's, of tables. */
export interface TableSettings {
  /** Of every table, also those that are fed by others. */
  readonly every?: Readonly<Record<string, number>>;
  /** Of those that rows are written to, besides. */
  readonly ofRows?: Readonly<Record<string, number>>;
}

export interface KeepingTools {
  readonly connection: Connection;
  readonly database: string;
  readonly dialect: Dialect;
  readonly logger: Logger;
  /** Absent: what the tables have stays. */
  readonly retention?: RetentionOptions;
  readonly tableSettings?: TableSettings;
}

/** What of retention and table settings differs from what the tables have. Tables that are still to be made have none of either. */
export async function keepingChanges(tools: KeepingTools): Promise<readonly KeepingChange[]> {
  const { connection, database, retention, tableSettings = {} } = tools;
  if (retention === undefined && Object.keys(tableSettings).length === 0) return [];
  const sql = 'SELECT name, engine_full FROM system.tables WHERE database = {database:String}';
  const rows = await parseRows(await connection.query(sql, { database }));
  const engines = new Map(rows.map((row) => [textOf(row, 'name'), textOf(row, 'engine_full')]));
  const engineOf = (table: string): string => engines.get(tools.dialect.local(table)) ?? '';
  return [
    ...(retention === undefined ? [] : retentionChanges(tools, retention, engineOf)),
    ...settingChanges(tools, tableSettings, engineOf),
  ];
}

function retentionChanges(
  { database, dialect, logger }: KeepingTools,
  retention: RetentionOptions,
  engineOf: (table: string) => string,
): KeepingChange[] {
  return wantedRetention(retention).flatMap(({ table, member, ms }): KeepingChange[] => {
    const expression = ttlIn(engineOf(table.name));
    const seconds = expression === undefined ? undefined : ownSeconds(table, expression);
    if (expression !== undefined && seconds === undefined) {
      if (ms === undefined) return [];
      const remove = alterRows(dialect, database, table.name, 'REMOVE TTL');
      const fields = { table: table.name, ttl: expression, setting: `retention.${member}` };
      logger.warn(`a table has a TTL that is not Louver's: it stays, to have the setting instead: ${remove}`, fields);
      return [];
    }
    const wanted = ms === undefined ? undefined : ttlOf(table, ms);
    if (wanted === expression) return [];
    const before = seconds === undefined ? 'for ever' : inWords(seconds);
    const change = { from: before, to: ms === undefined ? 'for ever' : inWords(Math.ceil(ms / 1000)) };
    const words = wanted === undefined ? 'REMOVE TTL' : `MODIFY TTL ${wanted}`;
    return [{ table: table.name, statement: alterRows(dialect, database, table.name, words), change }];
  });
}

function settingChanges(
  { database, dialect }: KeepingTools,
  { every = {}, ofRows = {} }: TableSettings,
  engineOf: (table: string) => string,
): KeepingChange[] {
  const wanted = [
    ...TABLES.map(({ name }) => [name, { ...every, ...ofRows }] as const),
    ...FED_TABLES.map((name) => [name, every] as const),
  ];
  return wanted.flatMap(([name, settings]) => {
    const given = Object.entries(settings).map(([setting, value]) => `${setting} = ${value}`);
    const found = engineOf(name).split(/ SETTINGS |, /);
    if (given.every((setting) => found.includes(setting))) return [];
    const statement = alterRows(dialect, database, name, `MODIFY SETTING ${given.join(', ')}`);
    return [{ table: name, statement, change: { settings: given.join(', ') } }];
  });
}
