import type { EpochMs } from '@louver/core';

/** What a version of the model is doing, or why it does not. */
export type ModelState =
  /** Answers. */
  | 'serving'
  /** Served before; takes over again on a roll-back, with its workers still there. */
  | 'standby'
  /** Served before that. */
  | 'retired'
  /** Served until it failed too often, or somebody wanted the one before. */
  | 'rolled-back'
  /** Never served: did not pass its checks, or asks for what nobody provides. */
  | 'refused';

/** One entry of a predictor's list of versions. */
export interface ModelVersion {
  /** Written with every prediction. Two files that give themselves the same version are told apart: `v1+3f2a9c1b`. */
  readonly version: string;
  /** Of its manifest; `''` when it could not be read. */
  readonly name: string;
  readonly path: string;
  /** Of the file, 64 hex digits; `''` when it could not be read. */
  readonly sha256: string;
  readonly state: ModelState;
  /** Since when. */
  readonly sinceMs: EpochMs;
  /** Why it was refused or rolled back. */
  readonly reason?: string;
  /** Answered, while it served. */
  readonly predictions: number;
  /** Predictions that failed, runs that hung and workers that were lost, while it served. */
  readonly errors: number;
  /** Answers that were no finite number, while it served. */
  readonly notFinite: number;
}
