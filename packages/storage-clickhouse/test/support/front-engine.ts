import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Session } from 'chdb';

/** One query that a ClickHouse server would list in system.processes. */
interface Process {
  readonly queryId: string;
  readonly userAgent: string;
  readonly query: string;
  /** Present while the engine has it. */
  ended?: Promise<unknown>;
  cancelled: boolean;
}

export interface EngineSettings {
  /** Of the one user that there is, as in GRANT; default: all. */
  readonly grants?: readonly string[];
  /** Name of a cluster of one server, this one; beside it there is `pair`, of two shards. */
  readonly cluster?: string;
  /** Of a ZooKeeper on this machine. */
  readonly zookeeperPort?: number;
}

export interface Statement {
  /** Without the data of an insert. */
  readonly query: string;
  readonly data: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly queryId: string;
  readonly userAgent: string;
}

/**
 * The embedded engine with what a server adds to it: queries have ids, are listed in system.processes and can be killed. The SQL that
 * asks for them is real, and so is the killing of a statement that the engine is carrying out.
 */
export class FrontEngine {
  readonly #writes: Session;
  readonly #reads: Session;
  readonly #tails = new Map<Session, Promise<unknown>>();
  readonly #processes = new Map<string, Process>();

  readonly #cluster: string | undefined;

  constructor(path: string, settings: EngineSettings = {}) {
    this.#cluster = settings.cluster;
    const isPlain = settings.grants === undefined && settings.cluster === undefined;
    const options = isPlain ? {} : { connectionArgs: [`--config-file=${configuration(path, settings)}`] };
    this.#writes = new Session(path, options);
    this.#reads = new Session(path, options);
    // No test cuts the power: to sync the definition of each table is half of the time of making it.
    this.#writes.query('SET fsync_metadata = 0');
  }

  /** Listed from before `wait`, which stands for a server that takes its time. */
  async run(statement: Statement, wait?: () => Promise<unknown>): Promise<Buffer> {
    const { query, queryId, userAgent } = statement;
    const process: Process = { queryId, userAgent, query, cancelled: false };
    this.#processes.set(queryId, process);
    try {
      await wait?.();
      if (process.cancelled) throw cancelled();
      return await this.#execute(statement, process);
    } finally {
      this.#processes.delete(queryId);
    }
  }

  /** Past everything. */
  sql(statement: string): Promise<string> {
    return this.#exclusively(this.#writes, async () => (await answer(this.#writes, statement)).toString());
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#tails.values());
    this.#writes.close();
    this.#reads.close();
  }

  #execute(statement: Statement, process: Process): Promise<Buffer> {
    const { query, data, settings, queryId } = statement;
    const [, condition] = /^\s*KILL QUERY WHERE (.*?)( SYNC)?\s*(FORMAT JSONEachRow)?\s*$/s.exec(query) ?? [];
    if (condition !== undefined) return this.#kill(condition, statement);
    const session = /^\s*(SELECT|SHOW|WITH|DESCRIBE|EXISTS)\b/i.test(query) ? this.#reads : this.#writes;
    const sql = query.replaceAll('system.processes', () => `(${this.#listing()})`);
    const running = this.#exclusively(session, async () => {
      if (process.cancelled) throw cancelled();
      const given = [...settings].map(([name, value]) => `${name} = ${quoted(value)}`);
      if (given.length > 0) await answer(session, `SET ${given.join(', ')}`);
      try {
        return await answer(
          session,
          `${marker(queryId)} ${await this.#onThisServer(sql, session)}${data === '' ? '' : `\n${data}`}`,
        );
      } catch (error) {
        // The engine goes on listing a session's last statement when it failed.
        await answer(session, 'SELECT 1');
        throw error;
      }
    });
    process.ended = running.catch(() => undefined);
    return running;
  }

  /**
   * What `ON CLUSTER` makes each server of a cluster carry out. The queue that brings it there belongs to a server, which chdb is not: the
   * engine only parses the clause.
   */
  async #onThisServer(sql: string, session: Session): Promise<string> {
    const [clause, name] = / ON CLUSTER '([^']*)'/.exec(sql) ?? [];
    if (clause === undefined) return sql;
    if (name !== this.#cluster) {
      throw new Error(`Code: 701. DB::Exception: Requested cluster '${name}' not found. (CLUSTER_DOESNT_EXIST)`);
    }
    await answer(session, `SELECT formatQuerySingleLine(${quoted(sql)})`);
    return sql.replace(clause, '');
  }

  async #kill(condition: string, statement: Statement): Promise<Buffer> {
    const sql = `SELECT query_id FROM (${this.#listing()}) WHERE ${condition}`;
    const found = await this.#execute({ ...statement, query: sql, queryId: `${statement.queryId}-kill` }, idle());
    for (const line of found.toString().split('\n').filter(Boolean)) {
      const { query_id: queryId } = JSON.parse(line) as { readonly query_id: string };
      const process = this.#processes.get(queryId);
      if (process === undefined || queryId === statement.queryId) continue;
      process.cancelled = true;
      const kill = `KILL QUERY WHERE startsWith(query, ${quoted(marker(queryId))})`;
      await this.#exclusively(this.#reads, () => answer(this.#reads, kill));
      await process.ended;
    }
    return Buffer.alloc(0);
  }

  #listing(): string {
    const rows = [...this.#processes.values()].map(
      ({ queryId, userAgent, query }) => `(${quoted(queryId)}, 'default', ${quoted(userAgent)}, ${quoted(query)})`,
    );
    const columns = quoted('query_id String, user String, http_user_agent String, query String');
    if (rows.length === 0) return `SELECT * FROM values(${columns}, ('', '', '', '')) WHERE 0`;
    return `SELECT * FROM values(${columns}, ${rows.join(', ')})`;
  }

  #exclusively<T>(session: Session, call: () => Promise<T>): Promise<T> {
    const result = (this.#tails.get(session) ?? Promise.resolve()).then(call);
    this.#tails.set(
      session,
      result.catch(() => undefined),
    );
    return result;
  }
}

const idle = (): Process => ({ queryId: '', userAgent: '', query: '', cancelled: false });
const marker = (queryId: string): string => `/* ${queryId} */`;
const quoted = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const cancelled = (): Error =>
  new Error('Code: 394. DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED) (version 26.7.2.1)');

/** Not every format is text. */
async function answer(session: Session, statement: string): Promise<Buffer> {
  return Buffer.from((await session.queryAsync(statement, { format: 'JSONEachRow' })).bytes());
}

/** A server's configuration files. */
function configuration(path: string, { grants, cluster, zookeeperPort }: EngineSettings): string {
  const folder = `${path}-configuration`;
  mkdirSync(folder, { recursive: true });
  const parts = [
    grants === undefined ? '' : usersOf(folder, grants),
    cluster === undefined ? '' : clusterOf(cluster),
    zookeeperPort === undefined
      ? ''
      : `<zookeeper><node><host>127.0.0.1</host><port>${zookeeperPort}</port></node></zookeeper>`,
  ];
  const file = join(folder, 'config.xml');
  writeFileSync(file, `<clickhouse>${parts.join('')}</clickhouse>`);
  return file;
}

/** One user with these grants and no others. */
function usersOf(folder: string, grants: readonly string[]): string {
  const queries = grants.map((grant) => `<query>GRANT ${grant}</query>`).join('');
  const user = `<password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>`;
  const rest = '<profiles><default/></profiles><quotas><default/></quotas>';
  const users = join(folder, 'users.xml');
  writeFileSync(
    users,
    `<clickhouse><users><default>${user}<grants>${queries}</grants></default></users>${rest}</clickhouse>`,
  );
  return `<user_directories><users_xml><path>${users}</path></users_xml></user_directories>`;
}

/** A shard is this server: its address and the port that this one would listen on. */
function clusterOf(name: string): string {
  const replica = '<replica><host>127.0.0.1</host><port>9000</port></replica>';
  const shard = `<shard><internal_replication>true</internal_replication>${replica}</shard>`;
  const servers = `<remote_servers><${name}>${shard}</${name}><pair>${shard}${shard}</pair></remote_servers>`;
  return `<tcp_port>9000</tcp_port>${servers}<macros><shard>1</shard><replica>first</replica></macros>`;
}
