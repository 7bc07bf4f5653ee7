import type { AddressInfo } from 'node:net';
import type { Context } from '@louver/core';
import { clickhouseHttp, type EmbeddedStorage } from '@louver/storage-clickhouse/embedded';
import { bindPort } from './bind-port.js';
import type { ServerConfig } from './config/server-config.js';
import { resolveLogin } from './secrets.js';

export interface ReadersDoor {
  /** As it really is, also when 0 was asked for. */
  readonly port: number;
  /** Ends what is asked; before the storage is closed. */
  close(): Promise<void>;
}

/**
 * Lets others read the embedded ClickHouse, when the configuration says where. Rejects with `E_CONFIG`, in one line, when the port
 * cannot be had or the password file cannot be read.
 */
export async function serveReaders(
  { clickhouse, host }: ServerConfig,
  storage: EmbeddedStorage | undefined,
  { clock }: Context,
): Promise<ReadersDoor | undefined> {
  if (storage === undefined || clickhouse.kind !== 'embedded' || clickhouse.readers === undefined) return undefined;
  const { port, username } = clickhouse.readers;
  const { password } = await resolveLogin(clickhouse.readers, 'clickhouse.reader_password_file');
  const { server, close } = clickhouseHttp(storage, { username, ...(password !== undefined && { password }), clock });
  await bindPort(server, { what: 'ClickHouse', flag: '--clickhouse-port', host, port });
  return { port: (server.address() as AddressInfo).port, close };
}
