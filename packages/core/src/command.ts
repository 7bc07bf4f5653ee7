import type { EpochMs } from './event.js';

export interface CommandBase {
  readonly deviceId: string;
  /** A hash of request and model (P-23): a repeated request or a crash makes no second command. */
  readonly commandId: string;
  /** `''` when nobody asked: a person's or a legacy service's command. */
  readonly requestId: string;
  readonly timestampMs: EpochMs;
  readonly expiresAtMs?: EpochMs;
  readonly source: 'model' | 'manual' | 'rule' | 'failsafe' | 'external';
}

/** What the command was decided from (the `features_used` of P-21). */
export interface FeaturesUsed {
  /** Celsius; NaN when unknown. */
  readonly temperature: number;
  /** Percent 0..100; NaN when unknown. */
  readonly humidity: number;
  /** Groups of audio columns used (P-26); empty without a recording. */
  readonly audioFeatures: readonly string[];
}

/** Move a window (P-21). */
export interface WindowCommand extends CommandBase {
  readonly kind: 'window';
  /** Percent open, 0..100. */
  readonly position: number;
  /** 0..1; NaN when unknown. */
  readonly confidence: number;
  readonly featuresUsed: FeaturesUsed;
  readonly modelVersion?: string;
  readonly inferenceMs?: number;
  /** SHA-256 of the recording used, hex; absent without one. */
  readonly audioSha256?: string;
}

/** What goes to a device. A thermostat's and others join here; the runtime branches on `kind`. */
export type Command = WindowCommand;
