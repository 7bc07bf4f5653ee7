import type { Component } from './component.js';
import type { DurableReceipt } from './delivery.js';
import type { EpochMs, Quantity } from './event.js';
import type { DeadLetterRow, DeviceRow, PredictionRow, TableName, Tables, WindowActionRow } from './tables.js';

/** Where a row is looked for: device and time range let the storage prune, `id` (see `TABLE_IDENTITY`) decides. Bounds inclusive. */
export interface RowKey {
  readonly deviceId: string;
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly id: string;
}

export interface LatestValue {
  readonly deviceId: string;
  readonly quantity: Quantity;
  readonly timestampMs: EpochMs;
  readonly value: number;
}

/** A time range, newest first when `limit` cuts it. Bounds inclusive. */
export interface RangeQuery {
  readonly deviceId: string;
  readonly fromMs?: EpochMs;
  readonly toMs?: EpochMs;
  /** Rows at the most. */
  readonly limit: number;
}

/** Which dead letters. Bounds inclusive; without bounds all. */
export interface DeadLetterQuery {
  readonly fromMs?: EpochMs;
  readonly toMs?: EpochMs;
  readonly deviceId?: string;
  readonly code?: string;
  /** `message_id` of each. */
  readonly messageIds?: readonly string[];
  /** Rows at the most: the newest. */
  readonly limit: number;
  /** Characters of `payload` at the most: what is longer is cut. Default: all. */
  readonly maxPayloadChars?: number;
}

export interface StoredReading {
  readonly timestampMs: EpochMs;
  readonly value: number;
  readonly timeSource: string;
}

export interface StoredRecording {
  readonly timestampMs: EpochMs;
  readonly sampleRateHz: number;
  readonly durationS: number;
  readonly format: string;
  readonly audioHash: string;
  /** The parsed `features` column. */
  readonly features: unknown;
}

export interface LastRecording extends StoredRecording {
  readonly deviceId: string;
}

/** Reading back: a capability of its own. Every list is ordered by time, oldest first. */
export interface StorageReader {
  devices(): Promise<readonly DeviceRow[]>;
  /** Latest value per device and quantity; of one device, or of all. */
  latest(deviceId?: string): Promise<readonly LatestValue[]>;
  readings(quantity: Quantity, query: RangeQuery): Promise<readonly StoredReading[]>;
  recordings(query: RangeQuery): Promise<readonly StoredRecording[]>;
  actions(query: RangeQuery): Promise<readonly WindowActionRow[]>;
  predictions(query: RangeQuery): Promise<readonly PredictionRow[]>;
  /**
   * Dead letters that have not been taken in again since: those with a row `code = 'replayed'` of the same `message_id` are left out, and so
   * are these rows.
   */
  deadLetters(query: DeadLetterQuery): Promise<readonly DeadLetterRow[]>;
  /**
   * Newest time of any row in a table with an identity; -Infinity when there is none. A reading that is newer cannot be stored yet, which
   * spares its look-up.
   */
  newestMs(): Promise<EpochMs>;
  /** The newest recording of every device that has one from `sinceMs` on: what is heard until the next one comes. */
  lastRecordings(sinceMs: EpochMs): Promise<readonly LastRecording[]>;
  /**
   * The newest action of every device that names a temperature or a humidity: the baseline of change detection after a restart. A person's
   * names none.
   */
  lastActions(): Promise<readonly WindowActionRow[]>;
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
