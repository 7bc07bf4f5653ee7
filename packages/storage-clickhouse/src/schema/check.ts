import { LouverError } from '@louver/core';
import { SELECT_SETTINGS, type Connection } from '../connection.js';
import { parseRows, textOf } from '../read/rows.js';
import type { Dialect } from './dialect.js';
import { TABLES } from './tables.js';

/** What makes no difference to reading and writing: a named time zone, a dictionary. */
function plainType(type: string): string {
  return type.replace(/^LowCardinality\((.*)\)$/, '$1').replace(/^DateTime64\(3, '[^']*'\)$/, 'DateTime64(3)');
}

/**
 * Finds tables that somebody made otherwise. Throws `E_CONFIG` with every difference at once, a line each.
 * @param isComplete false before the migrations: a table may be missing, and extension columns may be, but nothing may be of another type.
 */
export async function checkColumns(
  connection: Connection,
  database: string,
  dialect: Dialect,
  isComplete: boolean,
): Promise<void> {
  const sql = `SELECT table, name, type FROM system.columns WHERE database = {database:String} ${SELECT_SETTINGS}`;
  const rows = await parseRows(await connection.query(sql, { database }));
  const tables = new Set(rows.map((row) => String(row['table'])));
  const found = new Map(rows.map((row) => [`${String(row['table'])}.${String(row['name'])}`, String(row['type'])]));
  const differences: string[] = [];
  for (const schema of TABLES) {
    for (const name of new Set([dialect.local(schema.name), schema.name])) {
      if (!tables.has(name)) {
        if (isComplete) differences.push(`+ ${name} (the whole table)`);
        continue;
      }
      for (const column of [...schema.columns, ...schema.extension]) {
        const place = `${name}.${column.name}`;
        const type = found.get(place);
        if (type === undefined) {
          const isToCome = !isComplete && schema.extension.includes(column);
          if (!isToCome) differences.push(`+ ${place} ${column.type}`);
        } else if (plainType(type) !== plainType(column.type)) {
          differences.push(`- ${place} ${type}`, `+ ${place} ${column.type}`);
        }
      }
    }
  }
  if (differences.length === 0) return;
  const words = `the tables of database '${database}' do not fit; alter them, or use another database (- found, + expected):`;
  throw new LouverError('E_CONFIG', [words, ...differences].join('\n'));
}

/**
 * Finds out, before anything is made, whether the server has this cluster, and tables that were made for one server: those cannot become a
 * cluster's. Throws `E_CONFIG`.
 */
export async function checkCluster(connection: Connection, database: string, dialect: Dialect): Promise<void> {
  const { cluster } = dialect;
  if (cluster === undefined) return;
  const sql = `SELECT cluster, toString(uniqExact(shard_num)) AS shards FROM system.clusters GROUP BY cluster ORDER BY cluster`;
  const rows = await parseRows(await connection.query(sql, {}));
  const clusters = new Map(rows.map((row) => [textOf(row, 'cluster'), Number(textOf(row, 'shards'))]));
  const shards = clusters.get(cluster);
  if (shards === undefined) {
    const known = clusters.size === 0 ? 'none' : [...clusters.keys()].join(', ');
    const words = `the server has no cluster '${cluster}' in its remote_servers, it has: ${known}`;
    throw new LouverError('E_CONFIG', `${words}; add it there, or correct cluster.name`);
  }
  if (shards > 1 && !dialect.isSharded) {
    const words = `cluster '${cluster}' has ${shards} shards, and only one of them would get the rows`;
    throw new LouverError('E_CONFIG', `${words}; set cluster.sharded, or name a cluster of one shard`);
  }
  await checkEngines(connection, database, dialect);
}

async function checkEngines(connection: Connection, database: string, dialect: Dialect): Promise<void> {
  const sql = `SELECT name, engine FROM system.tables WHERE database = {database:String}`;
  const rows = await parseRows(await connection.query(sql, { database }));
  const engines = new Map(rows.map((row) => [textOf(row, 'name'), textOf(row, 'engine')]));
  const others = TABLES.flatMap(({ name, engine }) => {
    const local = dialect.local(name);
    const expected = {
      [local]: /^\w+/.exec(dialect.engine(engine))![0],
      ...(local !== name && { [name]: 'Distributed' }),
    };
    return Object.entries(expected).flatMap(([table, kind]) => {
      const found = engines.get(table);
      return found === undefined || found === kind ? [] : [`- ${table} ${found}`, `+ ${table} ${kind}`];
    });
  });
  if (others.length === 0) return;
  const words =
    `the tables of database '${database}' were not made for this cluster; use another database, and bring the rows there with ` +
    'INSERT INTO … SELECT (- found, + expected):';
  throw new LouverError('E_CONFIG', [words, ...others].join('\n'));
}
