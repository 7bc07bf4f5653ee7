import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultContext, LouverError } from '@louver/core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { clickhouseStorage, type ClusterOptions, type ClickhouseStorage } from '../../src/index.js';
import { TABLES } from '../../src/schema/tables.js';
import { chdbFront, type ChdbFront } from '../support/chdb-front.js';
import { bundle } from '../support/in-another-process.js';
import { eventRow, scalarRow } from '../support/rows.js';
import { plainTables } from '../support/specification.js';
import { tempFolder } from '../support/temp-folder.js';
import { skipWithoutZookeeper, startZookeeper, withZookeeper } from '../support/zookeeper-process.js';

const folder = tempFolder();
let front: ChdbFront;
beforeAll(async () => {
  front = await chdbFront(join(folder, 'one'), { cluster: 'louver' });
});
afterAll(() => front.close());

const SHARDED = { name: 'louver', sharded: true };
const REPLICATED = { name: 'louver', replicated: true };

const storageOf = (database: string, cluster?: ClusterOptions, retention = {}): ClickhouseStorage =>
  clickhouseStorage({ url: front.url, database, retention, ...(cluster && { cluster }) });

async function failure(storage: ClickhouseStorage): Promise<string> {
  const caught: unknown = await storage.migrate(defaultContext()).catch((error: unknown) => error);
  if (!LouverError.is(caught)) throw new Error(`expected a LouverError, found ${JSON.stringify(caught)}`);
  return caught.message;
}

/** Rows as values, in order. */
const rows = async (sql: string): Promise<unknown[][]> => {
  const lines = (await front.sql(sql)).split('\n').filter(Boolean);
  return lines.map((line) => Object.values(JSON.parse(line) as object));
};

const statements = async (cluster: ClusterOptions): Promise<readonly string[]> => {
  const { changes } = await storageOf('dry', cluster, { eventsMs: 3_600_000 }).migrate(defaultContext(), {
    dryRun: true,
  });
  return changes.flatMap((change) => change.statements);
};

describe('sharded', () => {
  test('each table is a Distributed one, by device, over one that has the rows', async () => {
    const storage = storageOf('spread', SHARDED);
    await storage.open(defaultContext());
    await storage.write('sensor_temperature', [scalarRow()]);
    const engines = await rows("SELECT name, engine_full FROM system.tables WHERE database = 'spread'");
    const found = new Map(engines as [string, string][]);
    for (const { name, engine } of TABLES) {
      expect(found.get(name)).toBe(`Distributed('louver', 'spread', '${name}_local', cityHash64(device_id))`);
      expect(found.get(`${name}_local`)).toMatch(new RegExp(`^${/^\w+/.exec(engine)![0]}\\b`));
    }
    for (const table of ['sensor_temperature', 'sensor_temperature_local', 'device_latest', 'device_latest_local']) {
      expect(await rows(`SELECT toUInt8(count()) FROM spread.${table}`), table).toEqual([[1]]);
    }
    await storage.close();
  });

  test('retention is of the table that has the rows', async () => {
    const retention = { eventsMs: 3_600_000 };
    const storage = storageOf('expiring', SHARDED, retention);
    await storage.open(defaultContext());
    const now = Date.now();
    await storage.write('device_events', [
      eventRow({ device_id: 'old', timestamp: now - 7_200_000 }),
      eventRow({ device_id: 'young', timestamp: now }),
    ]);
    await front.sql('OPTIMIZE TABLE expiring.device_events_local FINAL');
    expect(await rows('SELECT device_id FROM expiring.device_events')).toEqual([['young']]);
    await storage.close();
    expect((await storageOf('expiring', SHARDED, retention).migrate(defaultContext())).changes).toEqual([]);
  });

  test('every DDL statement is for the whole cluster, and changes of columns are for both tables', async () => {
    const all = await statements(SHARDED);
    const ddl = all.filter((statement) => !statement.startsWith('INSERT INTO'));
    expect(ddl.length).toBeGreaterThan(30);
    expect(ddl.filter((statement) => !statement.includes(" ON CLUSTER 'louver'"))).toEqual([]);
    for (const table of ['dry.sensor_temperature', 'dry.sensor_temperature_local']) {
      expect(ddl.filter((statement) => statement.startsWith(`ALTER TABLE ${table} ON`))).toHaveLength(1);
    }
  });
});

describe('what cannot be', () => {
  test('a cluster that the server does not have', async () => {
    expect(await failure(storageOf('x', { name: 'lover', sharded: true }))).toBe(
      "E_CONFIG: the server has no cluster 'lover' in its remote_servers, it has: louver, pair; add it there, or correct cluster.name",
    );
    expect(await rows("SELECT name FROM system.databases WHERE name = 'x'")).toEqual([]);
  });

  test('several shards of which one would get all', async () => {
    expect(await failure(storageOf('x', { name: 'pair', replicated: true }))).toMatch(
      /^E_CONFIG: cluster 'pair' has 2 shards, .*set cluster.sharded/,
    );
  });

  test('tables that were made for one server, by Louver or by the plain specification, and the other way round', async () => {
    await storageOf('single').migrate(defaultContext());
    const [head, ...differences] = (await failure(storageOf('single', SHARDED))).split('\n');
    expect(head).toMatch(/^E_CONFIG: the tables of database 'single' were not made for this cluster/);
    expect(differences).toContain('+ sensor_temperature Distributed');
    await front.sql('CREATE DATABASE specified');
    for (const statement of plainTables('specified')) await front.sql(statement);
    expect(await failure(storageOf('specified', SHARDED))).toMatch(/were not made for this cluster/);
    await storageOf('spread_out', SHARDED).migrate(defaultContext());
    expect(await failure(storageOf('spread_out'))).toMatch(
      /^E_CONFIG: migration \d .*other content.*with the same 'cluster' options/,
    );
    // Its tables were dropped, and what was applied is still written down.
    for (const { name } of TABLES) await front.sql(`DROP TABLE single.${name}`);
    expect(await failure(storageOf('single', SHARDED))).toMatch(/it was made for one server: remove 'cluster'/);
  });

  test.each<[ClusterOptions, string]>([
    [{ name: 'louver' }, 'cluster has neither replicated nor sharded'],
    [{ name: "a'b", sharded: true }, 'cluster.name is "a\'b", expected a name'],
    [{ name: 'a', sharded: true, quorum: true }, 'cluster.quorum is for cluster.replicated'],
    [
      { name: 'a', replicated: { zookeeperPath: '/louver' } },
      'cluster.replicated.zookeeperPath is "/louver", expected a path with',
    ],
    [{ name: 'a', replicated: { replicaName: "'" } }, 'cluster.replicated.replicaName is "\'", expected a name'],
  ])('%j', (cluster, words) => {
    expect(() => clickhouseStorage({ url: front.url, cluster })).toThrow(words);
  });
});

describe('replicated', () => {
  test('every table that has rows is replicated, under a path of its own', async () => {
    const made = (await statements({ ...REPLICATED, sharded: true })).flatMap(
      (statement) =>
        /CREATE TABLE IF NOT EXISTS dry\.(\w+) .*\) ENGINE = (.*?)\n?ORDER BY/s.exec(statement)?.slice(1, 3) ?? [],
    );
    const engines = made.filter((_, i) => i % 2 === 1);
    expect(engines).toContain(
      "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', last_seen)",
    );
    expect(engines.length).toBe(made.length / 2);
    expect(engines.filter((engine) => !engine.startsWith('Replicated'))).toEqual([]);
    const [first] = (
      await statements({ name: 'louver', replicated: { zookeeperPath: '/l/{uuid}/{shard}', replicaName: 'r' } })
    ).filter((statement) => statement.includes('Replicated'));
    expect(first).toContain("ENGINE = ReplicatedMergeTree('/l/{uuid}/{shard}', 'r')");
  });

  test.each([
    [
      { ...REPLICATED, sharded: true },
      {
        insert_quorum: 'auto',
        insert_distributed_sync: '1',
        load_balancing: 'in_order',
        distributed_ddl_task_timeout: '24',
      },
    ],
    [
      { ...REPLICATED, quorum: false },
      { insert_quorum: null, insert_distributed_sync: null, load_balancing: null },
    ],
    [SHARDED, { insert_quorum: null, insert_distributed_sync: '1', load_balancing: 'in_order' }],
  ])('%j: how long a write waits, and who is asked first', async (cluster, expected) => {
    const settings: URLSearchParams[] = [];
    front.intercept = (request) => {
      settings.push(new URL(request.url!, front.url).searchParams);
      return false;
    };
    onTestFinished(() => void (front.intercept = undefined));
    await storageOf('asked', cluster).migrate(defaultContext(), { dryRun: true });
    expect(settings.length).toBeGreaterThan(2);
    for (const given of settings) {
      expect(Object.fromEntries(Object.keys(expected).map((name) => [name, given.get(name)]))).toEqual(expected);
    }
  });
});

/** An engine that knows a ZooKeeper: one in a process. */
const engine = await bundle(`
  import { chdbFront } from './chdb-front.js';
  const front = await chdbFront(process.argv[2], { cluster: 'louver', zookeeperPort: Number(process.argv[3]) });
  console.log(front.url);
`);

describe.skipIf(skipWithoutZookeeper)(withZookeeper, () => {
  test('the engine makes every table there, under the path of its shard', async () => {
    const zookeeperFolder = join(folder, 'zookeeper');
    await mkdir(zookeeperFolder);
    const zookeeper = await startZookeeper(zookeeperFolder);
    onTestFinished(() => zookeeper.stop());
    const other = engine(join(folder, 'replica'), String(zookeeper.port));
    onTestFinished(() => other.kill());
    const url = await other.says();
    const ask = async (sql: string): Promise<string> => {
      const response = await fetch(url, { method: 'POST', body: sql });
      const text = await response.text();
      if (!response.ok) throw new Error(text);
      return text;
    };
    // chdb has no port for other replicas: rows and changes are never let in, and what they are made with is only parsed.
    const all = (await statements({ ...REPLICATED, sharded: true })).filter((each) => !each.startsWith('INSERT INTO'));
    for (const statement of all) {
      if (statement.startsWith('CREATE TABLE') || statement.startsWith('CREATE DATABASE')) await ask(statement);
      else await ask(`SELECT formatQuerySingleLine($statement$${statement}$statement$)`);
    }
    const replicas = (await ask('SELECT table, zookeeper_path, replica_path FROM system.replicas AS r ORDER BY table'))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, string>);
    expect(replicas.map(({ table }) => table)).toEqual(
      [
        'device_latest',
        'device_latest_action',
        'device_latest_recording',
        'schema_migrations',
        ...TABLES.map(({ name }) => name),
      ]
        .map((name) => `${name}_local`)
        .sort(),
    );
    for (const { table, zookeeper_path: path, replica_path: replica } of replicas) {
      expect(path).toBe(`/clickhouse/tables/1/dry/${table}`);
      expect(replica).toBe(`${path}/replicas/first`);
    }
  });
});
