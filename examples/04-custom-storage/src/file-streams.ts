import {
  checkHistory,
  type FeatureQuery,
  type HistoryBucket,
  type HistoryQuery,
  type QuantityRow,
  type RowsQuery,
  type StoredFeatures,
  type TableName,
  type Tables,
} from '@louver/core';
import type { During } from './file-reader.js';
import { findPlaces, inBatches, readPlaces, scan, type Wanted } from './find-rows.js';
import { History } from './history.js';
import { ofRange, readingsOf } from './queries.js';
import { storedFeatures } from './stored-recording.js';

/** First the places, in memory and in order; then their rows, some at a time. Between two batches no file is open: there is nothing to free. */
async function* sorted<T extends TableName>(
  during: During,
  table: T,
  wanted: Wanted<Tables[T]>,
): AsyncGenerator<readonly Tables[T][]> {
  const places = await during(({ files }) => findPlaces(table, files.get(table)!, wanted));
  for (const batch of inBatches(places)) yield await during(() => readPlaces(table, batch));
}

export async function* rowStream<T extends TableName>(
  during: During,
  table: T,
  { deviceId, fromMs = -Infinity, toMs = Infinity }: RowsQuery,
): AsyncGenerator<readonly Tables[T][]> {
  const match = (row: Tables[T]): boolean => deviceId === undefined || row.device_id === deviceId;
  if (table === 'device_registry') {
    const devices = await during(({ newest }) => newest.devices());
    yield (devices as readonly Tables[T][]).filter(match);
    return;
  }
  // The quantity is undefined in every other table.
  const group = (row: Tables[T]): string => JSON.stringify([row.device_id, (row as QuantityRow).quantity]);
  yield* sorted(during, table, { fromMs, toMs, match, group });
}

export async function* featureStream(
  during: During,
  { columns, ...query }: FeatureQuery,
): AsyncGenerator<readonly StoredFeatures[]> {
  for await (const rows of sorted(during, 'sensor_audio', ofRange(query))) {
    yield rows.map((row) => storedFeatures(row, columns));
  }
}

export async function* historyStream(
  during: During,
  quantity: string,
  query: HistoryQuery,
): AsyncGenerator<readonly HistoryBucket[]> {
  checkHistory(query);
  const { table, match } = readingsOf(quantity, query.deviceId);
  const history = await during(async ({ files }) => {
    const gathered = new History(query);
    for await (const found of scan(table, files.get(table)!, query)) {
      for (const { row, place } of found) if (match(row)) gathered.add(place.ms, place.receivedMs, row.value);
    }
    return gathered;
  });
  for (const buckets of history.buckets()) yield await during(() => buckets);
}
