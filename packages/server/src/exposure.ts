import { isIPv4, isIPv6 } from 'node:net';
import { LouverError } from '@louver/core';
import type { ServerConfig } from './config/server-config.js';
import { readUserFile } from './users/user-file.js';

/** Whether only this machine can reach an address to listen on. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith('127.');
  if (isIPv6(host)) return /^(0*:)*:?0*1$/.test(host);
  return host.toLowerCase() === 'localhost';
}

/** An address to listen on as it is written in a URL; for reaching it from this machine when it is all of them. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Nobody is served over the network without a password: rejects with `E_CONFIG` when `host` is reachable from elsewhere and broker users
 * or an API token are missing, or the password of those who read the database. Also when the users file cannot be read.
 */
export async function checkExposure(config: ServerConfig): Promise<void> {
  const users = config.mqtt.kind === 'embedded' ? await readUserFile(config.mqtt.usersFile) : undefined;
  if (isLoopback(config.host)) return;
  checkReaders(config);
  if (users?.length !== 0 && config.apiTokens.length > 0) return;
  const token = '`export LOUVER_API_TOKEN=$(openssl rand -hex 24)`';
  const [first, what] =
    users === undefined
      ? ['a token comes', `run ${token}`]
      : [
          'users and a token come',
          `run \`louver user add NAME --role operator --data-dir ${config.dataDir}\` and ${token}`,
        ];
  throw new LouverError(
    'E_CONFIG',
    `host ${config.host} can be reached from other machines, so ${first} first: ${what}, then start again`,
  );
}

function checkReaders({ role, host, clickhouse }: ServerConfig): void {
  if (role === 'inference' || clickhouse.kind !== 'embedded') return;
  if (clickhouse.readers === undefined || clickhouse.readers.passwordFile !== undefined) return;
  throw new LouverError(
    'E_CONFIG',
    `host ${host} can be reached from other machines, so those who read the database need a password: write it to a file and name that in clickhouse.reader_password_file, or leave --clickhouse-port away`,
  );
}
