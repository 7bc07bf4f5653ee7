import { join } from 'node:path';
import { clickhouseStorage, type ClickhouseStorage } from '@louver/storage-clickhouse';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
import type { ServerConfig } from '../config/server-config.js';
import { resolveLogin } from '../secrets.js';

/** The database of a configuration, not yet opened. Rejects with `E_CONFIG` when its password file cannot be read. */
export async function storageOf({
  clickhouse,
  dataDir,
}: Pick<ServerConfig, 'clickhouse' | 'dataDir'>): Promise<ClickhouseStorage> {
  const { database } = clickhouse;
  if (clickhouse.kind === 'embedded') return embeddedClickhouse({ path: databaseFolder(dataDir), database });
  const login = await resolveLogin(clickhouse, 'clickhouse.password_file');
  return clickhouseStorage({ url: clickhouse.url, database, ...login });
}

/** Where the embedded engine keeps its files. */
export function databaseFolder(dataDir: string): string {
  return join(dataDir, 'clickhouse');
}
