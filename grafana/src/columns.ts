import type { TableName, Tables } from '@louver/core';
import { TABLES } from '@louver/storage-clickhouse';

/** Columns of a table by name, as they are written in a statement. */
export type Columns<T extends TableName> = Readonly<Record<keyof Tables[T] & string, string>>;

/**
 * The columns of a table. One that the row type does not have does not compile; one that the database does not have throws when the dashboards are
 * made.
 * @param alias of the table in the statement, when it has one.
 */
export function columnsOf<T extends TableName>(table: T, alias?: string): Columns<T> {
  const schema = TABLES.find(({ name }) => name === table);
  if (schema === undefined) throw new Error(`there is no table ${table}, expected one of ${TABLES.map(({ name }) => name).join(', ')}`); // prettier-ignore
  const names = [...schema.columns, ...schema.extension].map(({ name }) => name);
  return new Proxy({} as Columns<T>, {
    get(_, name) {
      if (typeof name !== 'string' || !names.includes(name)) {
        throw new Error(`${table} has no column ${String(name)}, expected one of ${names.join(', ')}`);
      }
      return alias === undefined ? name : `${alias}.${name}`;
    },
  });
}
