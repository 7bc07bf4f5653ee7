/**
 * How dead letters are found without reading all of them: their table is ordered by device. The projection has what a list is chosen by, in the
 * order of time; the index skips what cannot hold an id.
 */
export function deadLetterIndexStatements(database: string): string[] {
  const alter = `ALTER TABLE ${database}.dead_letters`;
  return [
    `${alter} ADD PROJECTION IF NOT EXISTS by_time (SELECT received_at, device_id, code, message_id ORDER BY received_at)`,
    `${alter} ADD INDEX IF NOT EXISTS by_id message_id TYPE bloom_filter(0.001) GRANULARITY 1`,
    `${alter} MATERIALIZE PROJECTION by_time`,
    `${alter} MATERIALIZE INDEX by_id`,
  ];
}
