/** Rows of cells in columns, two spaces between them. @param right columns whose cells end below each other: numbers. */
export function textTable(rows: readonly (readonly string[])[], right: Iterable<number> = []): string[] {
  const toTheRight = new Set(right);
  const widths = (rows[0] ?? []).map((_, column) => rows.reduce((most, row) => Math.max(most, row[column]!.length), 0));
  return rows.map((row) =>
    row
      .map((cell, column) => (toTheRight.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}
