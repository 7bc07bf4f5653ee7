import { join } from 'node:path';
import { clickhouseStorage, type ClickhouseStorage } from '@louver/storage-clickhouse';
import { embeddedClickhouse, type EmbeddedStorage } from '@louver/storage-clickhouse/embedded';
import type { ServerConfig } from '../config/server-config.js';
import { resolveLogin } from '../secrets.js';

/** Where rows go, not yet opened. Rejects with `E_CONFIG` when a password file cannot be read. */
export async function storageOf(
  config: Pick<ServerConfig, 'clickhouse' | 'retention' | 'dataDir'>,
): Promise<ClickhouseStorage | EmbeddedStorage> {
  const { clickhouse, retention, dataDir } = config;
  const { database } = clickhouse;
  if (clickhouse.kind === 'embedded') {
    return embeddedClickhouse({ path: databaseFolder(dataDir), database, retention });
  }
  const { url, cluster } = clickhouse;
  const login = await resolveLogin(clickhouse, 'clickhouse.password_file');
  return clickhouseStorage({ url, database, retention, ...(cluster && { cluster }), ...login });
}

/** Where the embedded engine keeps its files. */
export function databaseFolder(dataDir: string): string {
  return join(dataDir, 'clickhouse');
}
