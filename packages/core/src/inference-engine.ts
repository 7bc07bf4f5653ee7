import type { WindowCommand } from './command.js';
import type { Component } from './component.js';
import type { EpochMs, InboundEvent, Recording, Scalars } from './event.js';
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
  /** Absent when the policy holds. */
  readonly command?: WindowCommand;
  /** Why the policy holds, or has sent another position than the model's. */
  readonly reason?: string;
}

/** What an inference service elsewhere said, off the wire (P-25). The command, if any, travels on its own. */
export interface InferenceAnswer {
  readonly requestId: string;
  /** Percent open before the policy; NaN when the model gave none. */
  readonly prediction: number;
  /** 0..1; NaN when the model does not say. */
  readonly confidence: number;
  /** NaN when unknown. */
  readonly inferenceMs: number;
  readonly modelVersion: string;
  /** The policy left the actuator alone, because of `reason`. */
  readonly held: boolean;
  /** Also when the policy sent another position than the model's; `''` otherwise. */
  readonly reason: string;
  /** Percent open after the policy; NaN when held or unknown. */
  readonly position: number;
}

/** What the pipeline does for an engine whose answers come back over its transport. */
export interface RemoteLink {
  /** A request without an answer is given up after this (P-27). Milliseconds. */
  readonly timeoutMs: number;
  /** Told of every event as it is read: answers are among them. */
  observe(event: InboundEvent): void;
  /** Gives up what is not answered yet, and whatever is asked from now on. */
  abandon(): void;
}

/** What the engine knows of the device besides the request. */
export interface InferenceSituation {
  readonly lastCommand?: WindowCommand;
  /** Percent open as the device reports it (P-33). */
  readonly reportedPosition?: number;
}

/**
 * Where a split into processes runs: in this one (`localEngine`) or elsewhere (`remoteEngine`). `undefined`: the answer, if any, arrives later as an
 * event (a legacy service does not echo the request id). Rejects with `E_MODEL`, `E_TIMEOUT` or `E_TRANSPORT`.
 */
export interface InferenceEngine extends Component {
  /** The extractor it uses, for the rows of `sensor_audio`: a recording is analysed once. */
  readonly features?: FeatureExtractor;
  /** Present when the engine is elsewhere: requests are journaled before they are sent, answers are read like readings. */
  readonly remote?: RemoteLink;
  infer(
    request: InferenceRequest,
    situation: InferenceSituation,
    signal?: AbortSignal,
  ): Promise<InferenceResult | undefined>;
}
