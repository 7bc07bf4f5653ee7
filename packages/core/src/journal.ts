import type { Component } from './component.js';
import type { DurableReceipt } from './delivery.js';
import type { EpochMs } from './event.js';
import type { TableName, Tables } from './tables.js';

/** Place of a record in the journal: 1, 2, 3 … for the journal's whole life. A plain integer stays exact up to 2^53 records. */
export type Position = number;

/** A row that we made ourselves (prediction, device event): durable before anything depends on it. */
export type DerivedRecord = {
  readonly [T in TableName]: { readonly type: 'derived'; readonly table: T; readonly row: Tables[T] };
}[TableName];

export interface DeliveryRecord {
  readonly type: 'delivery';
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly receivedAtMs: EpochMs;
  /** Kept by the broker: it did not happen at `receivedAtMs`. */
  readonly retained?: boolean;
  /** The sender may have sent it before. */
  readonly dup?: boolean;
  /** Of the delivery that this one repeats (a dead letter taken in again): its identity, instead of this record's place (P-5). */
  readonly deliveryId?: string;
}

/** What must be known after a crash and is no row. It is read back until it is settled: by its owner, once a newer one is durable. */
export interface NoteRecord {
  readonly type: 'note';
  /** Names owner and subject. */
  readonly key: string;
  /** JSON. */
  readonly value: string;
}

export type JournalRecord = DeliveryRecord | DerivedRecord | NoteRecord;

export interface JournalEntry {
  readonly position: Position;
  readonly record: JournalRecord;
  /** From before this start. */
  readonly replayed: boolean;
  /** Tables that are known to have this record's rows (a DONE was read): nothing to write there. */
  readonly stored: readonly TableName[];
  /** Tables that may have them (a SENT without its DONE): look up before writing. */
  readonly inDoubt: readonly TableName[];
}

/**
 * Ordered and append-only: the spool, and the only door to storage. Holds raw bytes, so that a replay decodes again.
 * `open` rejects with `E_JOURNAL_LOCKED` while another process has it.
 */
export interface Journal extends Component {
  /** Random, made with the journal; with a position it names a delivery for good. Known after `open`. */
  readonly id: string;
  /** What the receipts of this journal promise: `journal` on disk, `none` in memory. */
  readonly level: 'journal' | 'none';
  /**
   * Resolves when the records survive a crash (group commit). Rejects with retryable `E_JOURNAL_FULL` before anything is written, with
   * `E_JOURNAL_IO` when the disk failed: nothing is acknowledged from then on. Records of our own (`own`: commands, predictions, notes) have
   * some room more than what is received, which therefore is held back before the journal is full.
   */
  append(
    records: readonly JournalRecord[],
    options?: { readonly own?: boolean },
  ): Promise<{ readonly receipt: DurableReceipt; readonly first: Position }>;
  /**
   * What is not settled, oldest first, from position `from` on. With `follow`, goes on with new records as they arrive until `signal` aborts; without, ends at
   * the last record of now. Batches are bounded in bytes; the iteration may be slower than `append` without holding memory.
   */
  read(options: {
    readonly follow: boolean;
    readonly signal: AbortSignal;
    readonly from?: Position;
  }): AsyncIterable<readonly JournalEntry[]>;
  /** Frames one insert: SENT is on disk when it resolves; `done` writes DONE, which may reach the disk later. */
  sent(batch: {
    readonly table: TableName;
    readonly positions: readonly Position[];
  }): Promise<{ done(): Promise<void> }>;
  /** Nothing more is to be done for these, in any table. A crash may forget it: then they are read again with what is `stored`. */
  settle(positions: readonly Position[]): void;
}
