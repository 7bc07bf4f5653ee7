import type { WindowCommand } from './command.js';
import type { Component } from './component.js';
import type { EpochMs, Recording, Scalars } from './event.js';
import type { FeatureExtractor } from './feature-extractor.js';
import type { Prediction } from './predictor.js';

/** What a recording sounded like whose samples are gone, after a restart: its stored columns. */
export interface KnownAudio {
  readonly sha256: string;
  readonly recipe: string;
  readonly values: Readonly<Record<string, number>>;
}

/** The seam between processes (P-20). */
export interface InferenceRequest {
  readonly kind: 'inference-request';
  /** Message id of the reading that triggered it (P-23). */
  readonly requestId: string;
  readonly deviceId: string;
  readonly timestampMs: EpochMs;
  readonly scalars: Scalars;
  readonly recording?: Recording;
  /** Only without `recording`. */
  readonly knownAudio?: KnownAudio;
}

/** What the model said and what became of it (P-25). */
export interface InferenceResult extends Prediction {
  readonly kind: 'inference-result';
  readonly requestId: string;
  readonly deviceId: string;
  readonly timestampMs: EpochMs;
  /** Absent when the policy holds; `reason` says why. */
  readonly command?: WindowCommand;
  readonly reason?: string;
}

/** What the engine knows of the device besides the request. */
export interface InferenceSituation {
  readonly lastCommand?: WindowCommand;
  /** Percent open as the device reports it (P-33). */
  readonly reportedPosition?: number;
}

/**
 * Where a split into processes runs: in this one (`localEngine`) or elsewhere. `undefined`: the answer, if any, arrives later as an
 * event (a legacy service does not echo the request id). Rejects with `E_MODEL`, `E_TIMEOUT` or `E_TRANSPORT`.
 */
export interface InferenceEngine extends Component {
  /** The extractor it uses, for the rows of `sensor_audio`: a recording is analysed once. */
  readonly features?: FeatureExtractor;
  infer(
    request: InferenceRequest,
    situation: InferenceSituation,
    signal?: AbortSignal,
  ): Promise<InferenceResult | undefined>;
}
