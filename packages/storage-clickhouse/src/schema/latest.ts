/**
 * A table whose rows feed one of what is newest of each device. Asking the rows themselves grows with their number. Adding a row twice changes
 * nothing there, so the view may exist before what is already stored is added.
 */
export interface LatestSource {
  readonly table: string;
  readonly view: string;
  readonly target: string;
  /** @param where a condition over the table's rows, as `r`, that is true for all when it is left out. */
  select(database: string, where?: string): string;
}

/** The views, then what is stored already. Each may run again. */
export function feedLatest(database: string, sources: readonly LatestSource[]): string[] {
  const views = sources.map(
    ({ view, target, select }) =>
      `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.${view} TO ${database}.${target} AS ${select(database)}`,
  );
  const stored = sources.map(({ target, select }) => `INSERT INTO ${database}.${target} ${select(database)}`);
  return [...views, ...stored];
}
