import { join } from 'node:path';
import { clickhouseStorage, type ClickhouseStorage } from '@louver/storage-clickhouse';
import { embeddedClickhouse, type EmbeddedStorage } from '@louver/storage-clickhouse/embedded';
import type { ServerConfig } from '../config/server-config.js';
import { resolveLogin } from '../secrets.js';

/** Where rows go, not yet opened; without `retention` the tables keep what they have. Rejects with `E_CONFIG` when a password file cannot be read. */
export async function storageOf(
  config: Pick<ServerConfig, 'clickhouse' | 'dataDir'> & Partial<Pick<ServerConfig, 'retention'>>,
): Promise<ClickhouseStorage | EmbeddedStorage> {
  const { clickhouse, retention, dataDir } = config;
  const { database } = clickhouse;
  const kept = retention === undefined ? {} : { retention };
  if (clickhouse.kind === 'embedded') {
    return embeddedClickhouse({ path: join(dataDir, 'clickhouse'), database, ...kept });
  }
  const { url, cluster } = clickhouse;
  const login = await resolveLogin(clickhouse, 'clickhouse.password_file');
  return clickhouseStorage({ url, database, ...kept, ...(cluster && { cluster }), ...login });
}
