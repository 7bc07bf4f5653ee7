import { TABLE_IDENTITY } from '@louver/core';
import type { StorageReader, TableName, Tables } from '@louver/core';
import { TABLES } from './columns.js';
import { featureStream, historyStream, rowStream } from './file-streams.js';
import { findPlaces, readPlaces, type Wanted } from './find-rows.js';
import type { NewestRows } from './newest-rows.js';
import { deadLettersOf, ofRange, readingsOf } from './queries.js';
import { storedRecording } from './stored-recording.js';
import type { TableFiles } from './table-files.js';

/** What there is to read while the storage is open. */
export interface Stored {
  readonly newest: NewestRows;
  readonly files: ReadonlyMap<TableName, TableFiles>;
}

/** Does work on what is stored: `E_NOT_OPEN` when the storage is not open, and `close` waits for it. */
export type During = <R>(work: (stored: Stored) => R | Promise<R>) => Promise<R>;

const TIMED = TABLES.filter((table) => TABLE_IDENTITY[table] !== undefined);

/** @param during for a question. @param inOneLife makes one for a stream: it ends with the `close` that comes after its first work. */
export function fileReader(during: During, inOneLife: () => During): StorageReader {
  const list = <T extends TableName>(table: T, wanted: Wanted<Tables[T]>): Promise<readonly Tables[T][]> =>
    during(async ({ files }) => readPlaces(table, await findPlaces(table, files.get(table)!, wanted)));
  return {
    devices: () => during(({ newest }) => newest.devices()),
    latest: (deviceId) => during(({ newest }) => newest.latest(deviceId)),
    lastActions: () => during(({ newest }) => newest.actions()),
    lastRecordings: (sinceMs) =>
      during(({ newest }) =>
        newest.recordings(sinceMs).map((row) => ({ deviceId: row.device_id, ...storedRecording(row) })),
      ),
    newestMs: () => during(({ files }) => Math.max(...TIMED.map((table) => files.get(table)!.newestMs))),
    readings: async (quantity, query) => {
      const { table, match } = readingsOf(quantity, query.deviceId);
      const rows = await list(table, { ...ofRange(query), match });
      return rows.map((row) => ({ timestampMs: row.timestamp, value: row.value, timeSource: row.time_source }));
    },
    recordings: async (query) => (await list('sensor_audio', ofRange(query))).map(storedRecording),
    actions: (query) => list('window_actions', ofRange(query)),
    predictions: (query) => list('ml_predictions', ofRange(query)),
    deadLetters: async (query) => {
      const wanted = await during(({ newest }) => deadLettersOf(query, newest.replayed));
      const rows = await list('dead_letters', wanted);
      return rows.map((row) => ({ ...row, payload: row.payload.slice(0, query.maxPayloadChars) }));
    },
    history: (quantity, query) => historyStream(inOneLife(), quantity, query),
    features: (query) => featureStream(inOneLife(), query),
    rows: (table, query) => rowStream(inOneLife(), table, query),
  };
}
