import type { EpochMs, Quantity } from './event.js';
import type { DeadLetterRow, DeviceRow, PredictionRow, TableName, Tables, WindowActionRow } from './tables.js';

export interface LatestValue {
  readonly deviceId: string;
  readonly quantity: Quantity;
  readonly timestampMs: EpochMs;
  readonly value: number;
}

/** A time range of a device. Bounds inclusive, ±Infinity is none. */
export interface RangeQuery {
  readonly deviceId: string;
  readonly fromMs?: EpochMs;
  readonly toMs?: EpochMs;
  /** Rows at the most, the newest; Infinity for all. */
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
  /** Rows at the most, the newest; Infinity for all. */
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
  /** The parsed `features` column; what is not JSON as the text that it is. */
  readonly features: unknown;
}

export interface LastRecording extends StoredRecording {
  readonly deviceId: string;
}

/** What becomes of the readings of a bucket. `last`: the newest; of one millisecond, what was received last. */
export type Aggregation = 'mean' | 'min' | 'max' | 'count' | 'last';

export interface HistoryQuery {
  readonly deviceId: string;
  /** Bounds inclusive. */
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  /** Width of a bucket, at least 1. Buckets begin at its multiples since the epoch, so the first may begin before `fromMs`. */
  readonly intervalMs: number;
  readonly aggregation: Aggregation;
}

export interface HistoryBucket {
  /** When it begins. */
  readonly timestampMs: EpochMs;
  readonly value: number;
  /** Readings in it. */
  readonly count: number;
}

export interface FeatureQuery {
  readonly deviceId: string;
  /** Bounds inclusive; without bounds all. */
  readonly fromMs?: EpochMs;
  readonly toMs?: EpochMs;
  /** Names as in `FeatureExtractor.names`, e.g. `rms_mean`; `mel_db_mean_1` is the first of the stored mel bands. */
  readonly columns: readonly string[];
}

/** What a recording sounded like, in numbers. */
export interface StoredFeatures {
  readonly timestampMs: EpochMs;
  readonly audioHash: string;
  /** `''` when the recording has no features. */
  readonly recipe: string;
  /** In the order of the columns asked for; NaN where the recording has no such column. */
  readonly values: Float64Array;
}

/** Which rows of a table. Bounds inclusive, of the table's time (see `TABLE_IDENTITY`); without bounds all. */
export interface RowsQuery {
  readonly deviceId?: string;
  readonly fromMs?: EpochMs;
  readonly toMs?: EpochMs;
}

/**
 * Reading back: a capability of its own. Every list is ordered by time, oldest first; of one millisecond readings and recordings by `received_at`,
 * others in any order. What may be long is streamed in batches: nothing of it is collected, whoever stops early (`break`) ends the question,
 * and others are answered meanwhile. Whoever does not read on for half a minute may find it ended: a database keeps nothing for ever.
 */
export interface StorageReader {
  /** Every device that was ever registered, as of its newest `last_seen`, decommissioned ones too; oldest `registered_at` first. */
  devices(): Promise<readonly DeviceRow[]>;
  /** Latest value per device and quantity by its own time, however late others come; of one device, or of all. */
  latest(deviceId?: string): Promise<readonly LatestValue[]>;
  /** From the quantity's table (`QUANTITY_TABLES`), else those of the quantity in `sensor_scalar`. */
  readings(quantity: Quantity, query: RangeQuery): Promise<readonly StoredReading[]>;
  recordings(query: RangeQuery): Promise<readonly StoredRecording[]>;
  actions(query: RangeQuery): Promise<readonly WindowActionRow[]>;
  predictions(query: RangeQuery): Promise<readonly PredictionRow[]>;
  /**
   * Dead letters that have not been taken in again since: those with a row `code = 'replayed'` of the same `message_id`, whenever that was
   * written, are left out, and so are these rows. One without an id (`''`) is never left out for another one's row.
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
  /**
   * Readings of a range by interval. Buckets without a reading are left out; `fillGaps` puts them in. What `mean`, `min` and `max` make of an
   * unknown reading (NaN) is left to the storage.
   */
  history(quantity: Quantity, query: HistoryQuery): AsyncIterable<readonly HistoryBucket[]>;
  /** The audio features of a range as columns. */
  features(query: FeatureQuery): AsyncIterable<readonly StoredFeatures[]>;
  /**
   * All of a table as it was written; of `device_registry` every device as last written, whatever the bounds. Device after device, each oldest
   * first (in `sensor_scalar` quantity after quantity of a device).
   */
  rows<T extends TableName>(table: T, query: RowsQuery): AsyncIterable<readonly Tables[T][]>;
}
