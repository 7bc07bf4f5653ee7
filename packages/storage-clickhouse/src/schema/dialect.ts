/** How a cluster has the tables. */
export interface ClusterOptions {
  /** As in the server's `remote_servers`; letters, digits, `_`, `-` and `.`. */
  readonly name: string;
  /**
   * Each shard's rows on several servers. Default false. `true` takes the server's macros `{shard}` and `{replica}`. `zookeeperPath` has to
   * tell tables apart: with `{table}` or `{uuid}` in it, default `/clickhouse/tables/{shard}/{database}/{table}`; `replicaName`: default
   * `{replica}`.
   */
  readonly replicated?: boolean | { readonly zookeeperPath?: string; readonly replicaName?: string };
  /** Rows spread over the shards by device, each device on one of them. Default false: the cluster has one shard. */
  readonly sharded?: boolean;
  /**
   * With `replicated`: a write waits until most replicas have its rows. Default true. `false` keeps on storing with half of the replicas
   * away, and can lose the last rows of a server that is lost.
   */
  readonly quorum?: boolean;
}

/** What differs between the DDL of one server and that of a cluster. */
export interface Dialect {
  /** Absent: one server. */
  readonly cluster?: string;
  /** Of every DDL statement, with a space before it; empty for one server. */
  readonly onCluster: string;
  /** Where a table's rows are on each server, next to the `Distributed` one of its name. Without shards the table itself. */
  local(table: string): string;
  readonly isSharded: boolean;
  readonly isReplicated: boolean;
  /** Of a table that holds rows, from the engine that it has on one server, e.g. `ReplacingMergeTree(last_seen)`. */
  engine(single: string): string;
}

export const ONE_SERVER: Dialect = {
  onCluster: '',
  local: (table) => table,
  isSharded: false,
  isReplicated: false,
  engine: (single) => single,
};

const ZOOKEEPER_PATH = '/clickhouse/tables/{shard}/{database}/{table}';
const REPLICA_NAME = '{replica}';

export function dialectOf(cluster: ClusterOptions | undefined): Dialect {
  if (cluster === undefined) return ONE_SERVER;
  const { name, replicated = false, sharded = false } = cluster;
  const given = typeof replicated === 'object' ? replicated : {};
  const { zookeeperPath = ZOOKEEPER_PATH, replicaName = REPLICA_NAME } = given;
  const isReplicated = replicated !== false;
  return {
    cluster: name,
    // As a string: a name with a dash needs no other quotes.
    onCluster: ` ON CLUSTER '${name}'`,
    local: (table) => (sharded ? `${table}_local` : table),
    isSharded: sharded,
    isReplicated,
    engine(single) {
      if (!isReplicated) return single;
      const [, kind, parameters] = /^(\w+)\((.*)\)$/.exec(single)!;
      const all = [`'${zookeeperPath}'`, `'${replicaName}'`, ...(parameters === '' ? [] : [parameters])];
      return `Replicated${kind}(${all.join(', ')})`;
    },
  };
}

/** What is wrong with the options; empty when nothing is. */
export function clusterProblems(cluster: ClusterOptions | undefined): string[] {
  if (cluster === undefined) return [];
  const { name, replicated = false, sharded = false, quorum } = cluster;
  const problems: string[] = [];
  const check = (isFine: boolean, member: string, found: unknown, expected: string): void => {
    if (!isFine) problems.push(`cluster.${member} is ${JSON.stringify(found)}, expected ${expected}`);
  };
  const isName = typeof name === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(name);
  check(isName, 'name', name, "a name of the server's remote_servers: letters, digits, _ - . (at most 64)");
  const isPath = (path: string): boolean => /^\/[^'\\]*\{(table|uuid)\}[^'\\]*$/.test(path);
  if (typeof replicated === 'object') {
    const { zookeeperPath = ZOOKEEPER_PATH, replicaName = REPLICA_NAME } = replicated;
    const path = 'a path with {table} or {uuid} in it, which begins with /, without quotes and backslashes';
    check(isPath(zookeeperPath), 'replicated.zookeeperPath', zookeeperPath, path);
    const replica = 'a name without quotes and backslashes, e.g. {replica}';
    check(/^[^'\\]+$/.test(replicaName), 'replicated.replicaName', replicaName, replica);
  }
  const isBoth = replicated !== false || sharded;
  if (!isBoth) problems.push('cluster has neither replicated nor sharded, expected one of them, or both');
  if (quorum !== undefined && replicated === false)
    problems.push('cluster.quorum is for cluster.replicated: give both');
  return problems;
}

/**
 * Settings of every statement of a cluster. An insert is over when all its shards have the rows, and with a quorum when most replicas of
 * each have them. Quorums are not confirmed one after the other, which is what `select_sequential_consistency` would need: three tables
 * feed `device_latest` at the same time, and all but one of their inserts would be refused (code 286). Instead the replica of a shard that
 * took the rows is the first to be asked for them.
 */
export function clusterSettings(
  { replicated = false, sharded = false, quorum = true }: ClusterOptions,
  requestTimeoutMs: number,
): Readonly<Record<string, string | number>> {
  return {
    // Says which server did not answer, before the request itself is given up.
    distributed_ddl_task_timeout: Math.max(1, Math.floor((requestTimeoutMs * 0.8) / 1000)),
    // By its older name, which every version knows.
    ...(sharded && { insert_distributed_sync: 1, load_balancing: 'in_order' }),
    ...(replicated !== false && quorum && { insert_quorum: 'auto', insert_quorum_parallel: 1 }),
  };
}
