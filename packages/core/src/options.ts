import type { ChangeDetector } from './change-detector.js';
import type { Codec } from './codec.js';
import type { WindowCommand } from './command.js';
import type { Context, Health } from './component.js';
import type { DeviceConfig } from './devices/config-shadow.js';
import type { LouverError } from './errors.js';
import type { EpochMs, ScalarReading, WaveformReading } from './event.js';
import type { FeatureExtractor } from './feature-extractor.js';
import type { InferenceEngine, InferenceResult } from './inference-engine.js';
import type { Journal } from './journal.js';
import type { RecordingStore } from './recording-store.js';
import type { StorageAdapter } from './storage.js';
import type { DeadLetterRow, DeviceRow } from './tables.js';
import type { Transport } from './transport.js';

/**
 * What an acknowledgement means. `journal`: on disk in the journal, synced. `storage`: its rows are in storage. `none`: in memory
 * only; the pipeline says so in its health and log.
 */
export type Durability = 'journal' | 'storage' | 'none';

export interface PipelineOptions {
  readonly transport: Transport;
  readonly codec: Codec;
  readonly storage: StorageAdapter;
  readonly detector: ChangeDetector;
  /** Absent: readings are stored and nothing is decided. */
  readonly engine?: InferenceEngine;
  /** Absent: readings wait in memory, and `durability` is `storage` unless it says `none`. */
  readonly journal?: Journal;
  /** Default `journal` with a journal on disk, else `storage`. */
  readonly durability?: Durability;
  /** For the rows of `sensor_audio`. Default: the engine's own. */
  readonly features?: FeatureExtractor;
  /**
   * Keeps every recording before its row of `sensor_audio` is stored, e.g. `fileRecordings(directory)`. While it cannot, rows wait for 10 s; then they are
   * stored without (`recordings_not_kept_total`), and `health` says so. Default: only features are stored.
   */
  readonly recordings?: RecordingStore;
  /** Deliveries open at a time. Default 4096. */
  readonly maxUnsettled?: number;
  /** How rows are gathered for an insert. */
  readonly batch?: {
    /** Rows of one insert at the most; of a table's first one after a start 1,000, then twice as many each time. Default 10,000. */
    readonly maxRows?: number;
    /** How long a row waits for others at the most; the time that the batch before takes counts. Default 200 ms. */
    readonly maxDelayMs?: number;
    /** Rows in memory over all tables; at the bound the journal is not read on. After a start it begins with 2,000. Default 50,000. */
    readonly maxPendingRows?: number;
  };
  readonly inference?: {
    /** Quantities that a request needs. Default temperature and humidity (P-22). */
    readonly required?: readonly string[];
    /** How old a reading may be in a request. Default 15 minutes (P-22). */
    readonly maxAgeMs?: number;
    /** After a restart: how old the newest reading may be for a request to be made. Default 60 s. */
    readonly maxReplayAgeMs?: number;
    /** Bound on the recordings kept for later requests. Default 64 MiB. */
    readonly maxRecordingBytes?: number;
    /** An inference that takes longer is given up. Default 10 s. */
    readonly timeoutMs?: number;
  };
  readonly devices?: {
    /** Silence after which a device counts as inactive. Default 10 minutes. */
    readonly inactiveAfterMs?: number;
    /** How long what people tell a device is valid. Default 5 minutes. */
    readonly commandTtlMs?: number;
  };
  /** A part that does its work no more is known within this, also while nothing comes in. Milliseconds. Default 10 s. */
  readonly noticeWithinMs?: number;
  readonly context?: Partial<Context>;
}

export interface PipelineHealth {
  readonly state: 'starting' | 'ready' | 'degraded' | 'stopped';
  /** What is wrong, in words, one per part; empty when `ready`. */
  readonly reasons: readonly string[];
  readonly durability: Durability;
  readonly components: Readonly<Record<'transport' | 'journal' | 'storage' | 'engine', Health>> & {
    /** Present when recordings are kept. */
    readonly recordings?: Health;
  };
}

export interface PipelineEvents {
  /** A command has been published: the model's or a person's. */
  command: [WindowCommand];
  prediction: [InferenceResult];
  /** A reading has been made durable. */
  reading: [ScalarReading | WaveformReading];
  /** A device is known from before this start (`known`), or something has become of it: the names of `device_events`. */
  device: [DeviceRow, string];
  error: [LouverError];
}

/** What became of a dead letter that was taken in again. */
export type ReplayOutcome =
  | { readonly messageId: string; readonly takenIn: true }
  | { readonly messageId: string; readonly takenIn: false; readonly code: string; readonly detail: string };

export interface ReplayOptions {
  /** Says what would become of them, as far as it is known without trying, and takes nothing in. Default false. */
  readonly dryRun?: boolean;
}

/** What a device has been told. */
export interface GivenOrder {
  readonly commandId: string;
  /** From then on it is not obeyed. */
  readonly expiresAtMs: EpochMs;
}

/** What people want of devices. */
export interface DeviceControl {
  /** How many devices are in use: heard of lately, and silent for too long. `undefined` as long as storage has not said which there are. */
  tally(): DeviceTally | undefined;
  /** Whether the device has ever been heard of; `undefined` as long as that cannot be said, since storage was never there. */
  knows(deviceId: string): boolean | undefined;
  /** How the device should work and does (P-36); `undefined`: there is no such device. Throws retryable `E_STORAGE_UNAVAILABLE` as long as that is not known. */
  config(deviceId: string): DeviceConfig | undefined;
  /**
   * How a device should work from now on, whatever was wanted before; the version is raised. Resolves, once it survives a crash, to whether the broker has it: if not, it is
   * published as soon as it does. Rejects as {@link config} throws, and with `E_CONFIG` for a device that there is not. What the values may be is not checked here.
   */
  configure(deviceId: string, values: Readonly<Record<string, number>>): Promise<boolean>;
  /**
   * Takes a device out of use; its readings stay, and a message of later registers it again. Resolves to whether there was such a device. Rejects as {@link config} throws.
   */
  decommission(deviceId: string): Promise<boolean>;
  /** Moves a window as a person wants it, percent open: a command like any other, with the source `manual` (P-21). Rejects with `E_TRANSPORT` or `E_TIMEOUT` after 5 s. */
  move(deviceId: string, positionPercent: number): Promise<GivenOrder>;
  /**
   * Tells a device to do something (P-35). Resolves when the broker has it. Rejects with `E_TRANSPORT`, `E_TIMEOUT` after 5 s, or `E_NOT_OPEN`, and with `E_CONFIG` when
   * the codec has no word for it.
   */
  order(deviceId: string, command: string, parameters: Readonly<Record<string, number>>): Promise<GivenOrder>;
}

export interface DeviceTally {
  readonly active: number;
  readonly inactive: number;
}

export interface Pipeline {
  readonly devices: DeviceControl;
  /**
   * Starts every part and resolves when readings are taken in; the process stays alive until `close`. A broker or database that is away does not fail it: they are retried, and
   * `health` says which. Rejects for what retrying cannot mend: configuration, model, a locked journal.
   */
  open(): Promise<void>;
  /** Stops taking in, stores what is pending if storage is there, closes every part. Idempotent. */
  close(): Promise<void>;
  /** Resolves when everything taken in before the call is durable and every inference that it led to is done; rows may still wait. */
  idle(): Promise<void>;
  /** Resolves when everything taken in before the call is stored and every inference that it led to is done. Does not wait for batch delays. */
  drain(): Promise<void>;
  /**
   * Takes dead letters in again, with their first identity and time: what can be decoded now goes the way of every message, the rest stays a
   * dead letter. Resolves, in order, when what was taken in is durable. A row that storage had refused is written when it is there. Rejects with
   * retryable `E_JOURNAL_FULL` or `E_STORAGE_UNAVAILABLE`; repeating it doubles nothing.
   */
  replay(letters: readonly DeadLetterRow[], options?: ReplayOptions): Promise<readonly ReplayOutcome[]>;
  health(): PipelineHealth;
  /** For looking on; the data path does not depend on it, and a listener that throws is logged. Returns how to stop. */
  on<E extends keyof PipelineEvents>(event: E, listener: (...args: PipelineEvents[E]) => void): () => void;
}
