import { ONE_SERVER, type Dialect } from './dialect.js';

/**
 * A table whose rows feed one of what is newest of each device. Asking the rows themselves grows with their number. Adding a row twice changes
 * nothing there, so the view may exist before what is already stored is added.
 */
export interface LatestSource {
  readonly table: string;
  readonly view: string;
  readonly target: string;
  /** @param options `dialect`: of the rows of one server; `where`: a condition over them, as `r`. Default: all rows. */
  select(database: string, options?: { readonly dialect?: Dialect; readonly where?: string }): string;
}

/** The views, then what is stored already. Each may run again. On a cluster each server keeps up what is newest of its own rows. */
export function feedLatest(dialect: Dialect, database: string, sources: readonly LatestSource[]): string[] {
  const views = sources.map(
    ({ view, target, select }) =>
      `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.${view}${dialect.onCluster} ` +
      `TO ${database}.${dialect.local(target)} AS ${select(database, { dialect })}`,
  );
  return [...views, ...sources.map((source) => feed(database, source))];
}

/** Adds rows once more that may be there already. @param where which, as `r`; default: all. */
export function feed(database: string, { target, select }: LatestSource, where?: string): string {
  return `INSERT INTO ${database}.${target} ${select(database, { dialect: ONE_SERVER, ...(where !== undefined && { where }) })}`;
}
