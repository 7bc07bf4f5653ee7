/** A name that needs no quoting anywhere. Empty when it is fine. */
export function databaseProblems(database: unknown): string[] {
  if (typeof database === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(database)) return [];
  return [
    `database is ${JSON.stringify(database)}, expected letters, digits and underscores (at most 64, not beginning with a digit)`,
  ];
}
