import type { StorageAdapter } from '../storage.js';
import type { StorageReader } from '../storage-reader.js';

export type StorageOperation = 'open' | 'close' | 'write' | 'present' | 'reader';

/** One call of a storage adapter, on its way. */
export interface StorageCall {
  readonly op: StorageOperation;
  /** Of `write` and `present`. */
  readonly table?: string;
  readonly rows?: readonly object[];
  readonly signal?: AbortSignal | undefined;
}

export type AroundStorage = <T>(call: StorageCall, work: () => Promise<T>) => Promise<T>;

/** The same storage, with every asynchronous call going through `around`. */
export function wrappedStorage(storage: StorageAdapter, around: AroundStorage): StorageAdapter {
  const { reader, present, health } = storage;
  return {
    name: storage.name,
    supports: storage.supports,
    open: (context) => around({ op: 'open' }, () => storage.open(context)),
    close: () => around({ op: 'close' }, () => storage.close()),
    write: (table, rows, options) =>
      around({ op: 'write', table, rows, signal: options?.signal }, () => storage.write(table, rows, options)),
    ...(present && {
      present: (table, keys, signal) =>
        around({ op: 'present', table, signal }, () => present.call(storage, table, keys, signal)),
    }),
    ...(reader && { reader: wrappedReader(reader, (work) => around({ op: 'reader' }, work)) }),
    ...(health && { health: () => health.call(storage) }),
  };
}

function wrappedReader(reader: StorageReader, around: <T>(work: () => Promise<T>) => Promise<T>): StorageReader {
  return {
    devices: () => around(() => reader.devices()),
    latest: (deviceId) => around(() => reader.latest(deviceId)),
    readings: (quantity, query) => around(() => reader.readings(quantity, query)),
    recordings: (query) => around(() => reader.recordings(query)),
    actions: (query) => around(() => reader.actions(query)),
    predictions: (query) => around(() => reader.predictions(query)),
    deadLetters: (query) => around(() => reader.deadLetters(query)),
    newestMs: () => around(() => reader.newestMs()),
    lastRecordings: (sinceMs) => around(() => reader.lastRecordings(sinceMs)),
    lastActions: () => around(() => reader.lastActions()),
    history: (quantity, query) => wrappedStream(() => reader.history(quantity, query), around),
    features: (query) => wrappedStream(() => reader.features(query), around),
    rows: (table, query) => wrappedStream(() => reader.rows(table, query), around),
  };
}

/** Each batch is a call. */
async function* wrappedStream<B>(
  start: () => AsyncIterable<B>,
  around: <T>(work: () => Promise<T>) => Promise<T>,
): AsyncGenerator<B> {
  const batches = start()[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await around(() => batches.next());
      if (done === true) return;
      yield value;
    }
  } finally {
    await batches.return?.();
  }
}
