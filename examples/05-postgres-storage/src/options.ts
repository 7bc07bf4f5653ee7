import { LouverError } from '@louver/core';

export interface PostgresStorageOptions {
  /** `postgres://user@host:5432/database`, as `psql` takes it; `?sslmode=verify-full` for TLS. */
  readonly url: string;
  /** Default: what the URL says, else the environment's `PGPASSWORD`. */
  readonly password?: string;
  /** Where the tables are: `[a-z_][a-z0-9_]*`, at most 40 characters. Default `louver`. Made when it is not there. */
  readonly schema?: string;
  /** How long PostgreSQL may take for a statement, in ms. Default 30,000. */
  readonly timeoutMs?: number;
}

export type Settings = Required<Omit<PostgresStorageOptions, 'password'>> & Pick<PostgresStorageOptions, 'password'>;

/** @throws LouverError `E_CONFIG` */
export function settingsOf(options: PostgresStorageOptions): Settings {
  const settings = { schema: 'louver', timeoutMs: 30_000, ...options };
  if (!/^postgres(ql)?:\/\//.test(settings.url) || !URL.canParse(settings.url)) {
    throw new LouverError('E_CONFIG', 'url is not a PostgreSQL address: expected postgres://user@host:5432/database');
  }
  if (!/^[a-z_][a-z0-9_]{0,39}$/.test(settings.schema)) {
    const found = JSON.stringify(settings.schema);
    throw new LouverError('E_CONFIG', `schema is ${found}: expected a to z, 0 to 9 and _, at most 40 characters`);
  }
  if (!Number.isInteger(settings.timeoutMs) || settings.timeoutMs < 1 || settings.timeoutMs > 2 ** 31 - 1) {
    throw new LouverError('E_CONFIG', `timeoutMs is ${settings.timeoutMs}: expected whole milliseconds from 1 on`);
  }
  return settings;
}
