import type { ClusterOptions, RetentionOptions } from '@louver/storage-clickhouse';
import type { z } from 'zod';
import type { ConfigProblem } from './problems.js';
import type { ClickhouseConfig, ReadersConfig } from './server-config.js';
import type { Layers } from './sources.js';
import { RETENTION_KEYS, type clusterSchema, type retentionSchema } from './storage-schema.js';
import type { RawConfig } from './schema.js';

export function clickhouseConfig(clickhouse: RawConfig['clickhouse']): ClickhouseConfig {
  const database = clickhouse?.database ?? 'iot';
  if (clickhouse?.url === undefined) {
    const readers = readersConfig(clickhouse);
    return { kind: 'embedded', database, ...(readers && { readers }) };
  }
  const { url, username, password_file: passwordFile, cluster } = clickhouse;
  return {
    kind: 'remote',
    url,
    database,
    ...(username !== undefined && { username }),
    ...(passwordFile !== undefined && { passwordFile }),
    ...(cluster !== undefined && { cluster: clusterOptions(cluster) }),
  };
}

function readersConfig(clickhouse: RawConfig['clickhouse']): ReadersConfig | undefined {
  const { port, reader_username: username = 'reader', reader_password_file: passwordFile } = clickhouse ?? {};
  return port === undefined ? undefined : { port, username, ...(passwordFile !== undefined && { passwordFile }) };
}

function clusterOptions(raw: z.output<typeof clusterSchema>): ClusterOptions {
  const { replicated, sharded, quorum, zookeeper_path: zookeeperPath, replica_name: replicaName } = raw;
  const place = {
    ...(zookeeperPath !== undefined && { zookeeperPath }),
    ...(replicaName !== undefined && { replicaName }),
  };
  return {
    // That it is there is said by `storageProblems`.
    name: raw.name!,
    ...(replicated !== undefined && { replicated: replicated && Object.keys(place).length > 0 ? place : replicated }),
    ...(sharded !== undefined && { sharded }),
    ...(quorum !== undefined && { quorum }),
  };
}

export function retentionOptions(raw: z.output<typeof retentionSchema> | undefined): RetentionOptions {
  const given = Object.entries(raw ?? {}) as [keyof typeof RETENTION_KEYS, number | undefined][];
  return Object.fromEntries(given.flatMap(([key, ms]) => (ms === undefined ? [] : [[RETENTION_KEYS[key], ms]])));
}

/**
 * Of a server's own file, with the URL of its readers' port beside it: the port is where that is, and the login of readers is the one to use. As it is
 * without such a URL.
 */
export function asReader(tree: Layers['tree']): Layers['tree'] {
  const { clickhouse } = tree;
  if (typeof clickhouse !== 'object' || clickhouse === null || !('url' in clickhouse) || !('port' in clickhouse))
    return tree;
  const {
    port: _,
    reader_username: username,
    reader_password_file: password_file,
    ...others
  } = clickhouse as Record<string, unknown>;
  const login = { username, password_file, ...others };
  return {
    ...tree,
    clickhouse: Object.fromEntries(Object.entries(login).filter(([, value]) => value !== undefined)),
  };
}

const READER_KEYS = ['reader_username', 'reader_password_file'];

/** Keys of a server elsewhere without one, keys of readers without a port or beside another server, and those of a cluster that need each other. */
export function storageProblems({ tree, sourceOf }: Layers): readonly ConfigProblem[] {
  const clickhouse = (tree['clickhouse'] ?? {}) as Record<string, unknown>;
  const problems: ConfigProblem[] = [];
  const problem = (path: string, text: string): void => void problems.push({ path, text, source: sourceOf(path) });
  if (clickhouse['url'] === undefined) {
    for (const key of ['username', 'password_file', 'cluster']) {
      if (clickhouse[key] === undefined) continue;
      problem(`clickhouse.${key}`, 'is for a server elsewhere: give clickhouse.url, or remove it');
    }
    for (const key of clickhouse['port'] === undefined ? READER_KEYS : []) {
      if (clickhouse[key] === undefined) continue;
      problem(`clickhouse.${key}`, 'is for readers: give clickhouse.port, e.g. 8123, or remove it');
    }
  } else {
    const text = 'is for readers of the embedded ClickHouse, and clickhouse.url names another one: remove one of them';
    for (const key of ['port', ...READER_KEYS]) if (clickhouse[key] !== undefined) problem(`clickhouse.${key}`, text);
  }
  const { cluster } = clickhouse;
  if (typeof cluster !== 'object' || cluster === null) return problems;
  const { name, replicated, sharded, ...others } = cluster as Record<string, unknown>;
  if (name === undefined) problem('clickhouse.cluster.name', "is missing: a name of the server's remote_servers");
  if (replicated !== true && sharded !== true) {
    problem('clickhouse.cluster', 'has neither replicated nor sharded: set one of them, or both, to true');
  }
  for (const key of ['quorum', 'zookeeper_path', 'replica_name']) {
    if (others[key] === undefined || replicated === true) continue;
    problem(`clickhouse.cluster.${key}`, 'is for clickhouse.cluster.replicated: set that to true, or remove it');
  }
  return problems;
}
