import { join } from 'node:path';
import { Session } from 'chdb';

/** Asks a database for rows. */
export type Sql = <Row>(statement: string) => Promise<readonly Row[]>;

/** The embedded database of a data directory, while no server has it. */
export async function withDatabase<T>(dataDirectory: string, use: (sql: Sql) => Promise<T>): Promise<T> {
  const session = new Session(join(dataDirectory, 'clickhouse'));
  try {
    return await use(async <Row>(statement: string) => {
      const result = await session.queryAsync(statement, { format: 'JSONEachRow' });
      const lines = result.text().split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line) as Row);
    });
  } finally {
    session.close();
  }
}
