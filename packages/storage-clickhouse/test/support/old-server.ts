import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as passes } from 'node:timers/promises';
import { freePort } from '../../../core/test/support/free-port.js';

const SERVER = '/usr/sbin/clickhouse-server';
/** In CI nothing is skipped: there its absence is a failure. */
export const skipWithoutOldServer = !existsSync(SERVER) && process.env['CI'] !== 'true';
export const withOldServer = skipWithoutOldServer
  ? "with Debian's ClickHouse (skipped: clickhouse-server is not installed)"
  : "with Debian's ClickHouse";

export interface OldServer {
  /** Of the HTTP interface. */
  readonly url: string;
  /** Of the native protocol. */
  readonly nativePort: number;
  stop(): Promise<void>;
}

/** A ClickHouse of 2018, with its data in the folder. Resolves when it answers. */
export async function startOldServer(folder: string): Promise<OldServer> {
  const [httpPort, nativePort] = [await freePort(), await freePort()];
  const users = join(folder, 'users.xml');
  const user = '<password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>';
  writeFileSync(
    users,
    `<yandex><users><default>${user}</default></users><profiles><default/></profiles><quotas><default/></quotas></yandex>`,
  );
  const settings = {
    http_port: httpPort,
    tcp_port: nativePort,
    listen_host: '127.0.0.1',
    path: `${join(folder, 'data')}/`,
    tmp_path: `${join(folder, 'tmp')}/`,
    users_config: users,
    default_profile: 'default',
    default_database: 'default',
    mark_cache_size: 64 * 1024 * 1024,
  };
  for (const name of ['data', 'tmp']) mkdirSync(join(folder, name), { recursive: true });
  const file = join(folder, 'config.xml');
  const members = Object.entries(settings).map(([name, value]) => `<${name}>${value}</${name}>`);
  writeFileSync(file, `<yandex>${members.join('')}<logger><level>none</level></logger></yandex>`);
  const child = spawn(SERVER, [`--config-file=${file}`], { cwd: folder, stdio: 'ignore' });
  const ended = once(child, 'exit').then(() => 'ended' as const);
  const url = `http://127.0.0.1:${httpPort}`;
  const answers = (): Promise<boolean> =>
    fetch(`${url}/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await answers())) {
    if ((await Promise.race([ended, passes(50)])) === 'ended') throw new Error('the server ended before it answered');
  }
  return {
    url,
    nativePort,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
