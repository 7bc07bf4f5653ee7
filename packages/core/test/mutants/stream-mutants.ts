import { LouverError, type Aggregation, type HistoryBucket, type StorageReader } from '@louver/core';
import { readerMutant, type AnyRow, type Mutant } from './mutant.js';

const history = (aggregation: Aggregation): string => `history: ${aggregation}`;
const BUCKETS = 'history: bounds are inclusive, and buckets begin at multiples of the interval since the epoch';
const FEATURES = 'features: the columns that are asked for, NaN where a recording has none';
const ROWS = 'rows: of every table, of a device and a range, device after device, each oldest first';
const REGISTRY = 'rows: of device_registry every device as last written, whatever the bounds';
const EARLY = 'streams: who stops early ends the question, and others are answered meanwhile';
const LONG = 'streams: 30,000 rows come whole and in order';

/** Changes each batch of a history. */
const buckets =
  (change: (batch: readonly HistoryBucket[]) => readonly HistoryBucket[]) =>
  (reader: StorageReader): Partial<StorageReader> => ({
    async *history(quantity, query) {
      for await (const batch of reader.history(quantity, query)) yield change(batch);
    },
  });

/** Changes all rows of a stream at once. */
const sorting =
  (compare: (a: AnyRow, b: AnyRow) => number) =>
  (reader: StorageReader): Partial<StorageReader> => ({
    async *rows(table, query) {
      for await (const batch of reader.rows(table, query)) {
        yield (batch as unknown as AnyRow[]).toSorted(compare) as never;
      }
    },
  });

export const streamMutants: readonly Mutant[] = [
  readerMutant('makes a mean of the least and the most', history('mean'), (reader) => ({
    async *history(quantity, query) {
      const of = async (aggregation: Aggregation): Promise<HistoryBucket[]> => {
        const found: HistoryBucket[] = [];
        for await (const batch of reader.history(quantity, { ...query, aggregation })) found.push(...batch);
        return found;
      };
      const [least, most] = [await of('min'), await of('max')];
      yield least.map((bucket, i) => ({ ...bucket, value: (bucket.value + most[i]!.value) / 2 }));
    },
  })),
  readerMutant('makes a mean of everything', (['min', 'max', 'count', 'last'] as const).map(history), (reader) => ({
    history: (quantity, query) => reader.history(quantity, { ...query, aggregation: 'mean' }),
  })),
  readerMutant(
    'tells what was written last',
    [history('last'), 'history: last, of one millisecond, is what was received last'],
    (reader, rows) => ({
      async *history(quantity, query) {
        for await (const batch of reader.history(quantity, query)) {
          yield batch.map((bucket) => {
            const end = bucket.timestampMs + query.intervalMs;
            const own = rows('sensor_temperature').filter(
              (row) => row.device_id === query.deviceId && row.timestamp >= bucket.timestampMs && row.timestamp < end,
            );
            return query.aggregation === 'last' ? { ...bucket, value: own.at(-1)!.value } : bucket;
          });
        }
      },
    }),
  ),
  readerMutant(
    'counts one reading too few',
    [history('mean'), history('count')],
    buckets((batch) => batch.map((bucket) => ({ ...bucket, count: bucket.count - 1 }))),
  ),
  readerMutant('begins buckets at the bound', BUCKETS, (reader) => ({
    async *history(quantity, query) {
      for await (const batch of reader.history(quantity, query)) {
        const shift = query.fromMs - Math.floor(query.fromMs / query.intervalMs) * query.intervalMs;
        yield batch.map((bucket) => ({ ...bucket, timestampMs: bucket.timestampMs + shift }));
      }
    },
  })),
  readerMutant('has an exclusive upper bound', BUCKETS, (reader) => ({
    history: (quantity, query) => reader.history(quantity, { ...query, toMs: query.toMs - 1 }),
  })),
  readerMutant(
    'has nothing to say of what cannot be asked',
    'history: one that there cannot be is refused',
    (reader) => ({
      async *history(quantity, query) {
        try {
          yield* reader.history(quantity, query);
        } catch {
          yield [];
        }
      },
    }),
  ),
  readerMutant('rounds towards 1970', 'history: before 1970 buckets begin before their readings too', (reader) => ({
    async *history(quantity, query) {
      for await (const batch of reader.history(quantity, query)) {
        yield batch.map((bucket) =>
          bucket.timestampMs < 0 ? { ...bucket, timestampMs: bucket.timestampMs + query.intervalMs } : bucket,
        );
      }
    },
  })),
  readerMutant('makes a history of another quantity', 'history: each quantity by itself', (reader) => ({
    history: (quantity, query) => reader.history(quantity === 'pm25' ? 'co2' : quantity, query),
  })),
  readerMutant(
    'ends a history after 1,000 buckets',
    'history: thousands of buckets come whole, oldest first',
    buckets((batch) => batch.slice(0, 1_000)),
  ),
  readerMutant('sorts the columns', FEATURES, (reader) => ({
    features: (query) => reader.features({ ...query, columns: query.columns.toSorted() }),
  })),
  readerMutant('takes 0 for a column that is not there', FEATURES, (reader) => ({
    async *features(query) {
      for await (const batch of reader.features(query)) {
        yield batch.map((row) => ({ ...row, values: row.values.map((value) => (Number.isNaN(value) ? 0 : value)) }));
      }
    },
  })),

  readerMutant(
    'tells rows by time',
    ROWS,
    sorting((a, b) => Number(a['timestamp']) - Number(b['timestamp'])),
  ),
  readerMutant('does not ask for the device', ROWS, (reader) => ({
    rows: (table, { deviceId: _, ...query }) => reader.rows(table, query),
  })),
  readerMutant(
    'tells quantities by time',
    'rows: of sensor_scalar quantity after quantity of a device',
    sorting((a, b) =>
      String(a['device_id']) < String(b['device_id'])
        ? -1
        : String(a['device_id']) > String(b['device_id'])
          ? 1
          : Number(a['timestamp']) - Number(b['timestamp']),
    ),
  ),
  readerMutant('tells devices of a range', REGISTRY, (reader) => ({
    async *rows(table, query) {
      const { fromMs = -Infinity, toMs = Infinity } = query;
      for await (const batch of reader.rows(table, query)) {
        yield batch.filter((row) => !('last_seen' in row) || (row.last_seen >= fromMs && row.last_seen <= toMs));
      }
    },
  })),
  readerMutant('ends a stream after its first batch', LONG, (reader) => ({
    async *rows(table, query) {
      for await (const batch of reader.rows(table, query)) yield batch.slice(0, 1_000);
    },
  })),
  readerMutant('is busy until a stream is read to its end', EARLY, (reader) => {
    let isBusy = false;
    return {
      async *rows(table, query) {
        isBusy = true;
        yield* reader.rows(table, query);
        isBusy = false;
      },
      async latest(deviceId) {
        if (isBusy) throw new LouverError('E_STORAGE_UNAVAILABLE', 'a question is on its way');
        return reader.latest(deviceId);
      },
    };
  }),
];
