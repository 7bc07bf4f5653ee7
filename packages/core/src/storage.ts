import type { Component } from './component.js';
import type { DurableReceipt } from './delivery.js';
import type { EpochMs } from './event.js';
import type { StorageReader } from './storage-reader.js';
import type { TableName, Tables } from './tables.js';

/** Where a row is looked for: device and time range let the storage prune, `id` (see `TABLE_IDENTITY`) decides. Bounds inclusive. */
export interface RowKey {
  readonly deviceId: string;
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly id: string;
}

/**
 * Where rows go. `open` makes or checks the schema; it rejects with retryable `E_STORAGE_UNAVAILABLE` while the database is away, and does
 * nothing when it is open already. Before it and after `close`, whatever writes, looks up or reads rejects with `E_NOT_OPEN`; so does reading on in a
 * stream that `close` has ended. What a call has resolved, every later one sees. `write` may be called for several tables at once and beside
 * any reading, and for one table one call at a time. Held by `storageConformance` of `@louver/core/testkit`.
 */
export interface StorageAdapter extends Component {
  /**
   * Declared, not discovered. `durable`: a resolved write survives a crash, and its receipt is of level `storage`; else of level `none`. `lookup`:
   * `present` is there and exact; an adapter that cannot be exact has no `present`.
   */
  readonly supports: { readonly durable: boolean; readonly lookup: boolean };
  readonly reader?: StorageReader;
  /**
   * Resolves only once every row is durable, as it is: times in milliseconds of 1900 to 2299, numbers to the last bit (NaN is unknown, never 0; −0
   * may become 0), texts of any characters (half a surrogate pair may become U+FFFD). The same row twice is there twice, but for
   * `device_registry`. Rejects with `E_STORAGE_REJECTED` when the rows themselves are refused and none was applied, or with retryable
   * `E_STORAGE_UNAVAILABLE` when it is in doubt whether they were. Once `signal` aborts it may give up as in doubt, or go on.
   */
  write<T extends TableName>(
    table: T,
    rows: readonly Tables[T][],
    options?: { readonly signal?: AbortSignal },
  ): Promise<DurableReceipt>;
  /**
   * For each key whether its row is there, in order: what makes the retry of an in-doubt batch exact. Device, id and time have to fit, to the
   * character and millisecond, of any number of keys. What it tells missing stays missing: a write in doubt is over by then. None of a table
   * without an identity. May give up with `E_STORAGE_UNAVAILABLE` once `signal` aborts.
   */
  present?(table: TableName, keys: readonly RowKey[], signal?: AbortSignal): Promise<readonly boolean[]>;
}
