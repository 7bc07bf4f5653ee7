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
 * Where rows go. `open` makes or checks the schema; it rejects with retryable `E_STORAGE_UNAVAILABLE` while the database is away.
 * `write` may be called for several tables at once, and for one table one call at a time.
 */
export interface StorageAdapter extends Component {
  /** Declared, not discovered: `durable`: a resolved write survives a crash; `lookup`: `present` is there and exact. */
  readonly supports: { readonly durable: boolean; readonly lookup: boolean };
  readonly reader?: StorageReader;
  /**
   * Resolves only once every row is durable. Rejects with `E_STORAGE_REJECTED` when the rows themselves are refused and none was
   * applied, or with retryable `E_STORAGE_UNAVAILABLE` when it is in doubt whether they were.
   */
  write<T extends TableName>(
    table: T,
    rows: readonly Tables[T][],
    options?: { readonly signal?: AbortSignal },
  ): Promise<DurableReceipt>;
  /** For each key whether its row is there, in order: what makes the retry of an in-doubt batch exact. */
  present?(table: TableName, keys: readonly RowKey[], signal?: AbortSignal): Promise<readonly boolean[]>;
}
