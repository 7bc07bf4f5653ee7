import pg from 'pg';
import { onTestFinished } from 'vitest';
import type { PostgresProcess } from './postgres-process.js';

/** Takes a lock: whoever goes against it waits in the server until it is given back, or the test has ended. */
export async function holding(server: PostgresProcess, lock: string): Promise<() => Promise<void>> {
  const { port, password } = server;
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password });
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end().catch(() => undefined));
  await client.query('BEGIN');
  await client.query(lock);
  return async () => void (await client.query('ROLLBACK'));
}

/** Sessions that write to the schema and wait for a lock. */
export function waiting(server: PostgresProcess, schema: string) {
  return server.sql(
    "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND starts_with(application_name, $1)",
    [`louver:${schema}:`],
  );
}
