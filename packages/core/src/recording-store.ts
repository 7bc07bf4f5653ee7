import type { Component } from './component.js';
import type { Recording } from './event.js';

/** A recording that is kept, opened to be read: once, or closed. */
export interface KeptRecording {
  /** Size of the WAV file in bytes. */
  readonly bytes: number;
  /** The WAV file in pieces; at its end, or when the iteration is left, it is closed. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** For who does not read it. Idempotent. */
  close(): Promise<void>;
}

/**
 * Where recordings are kept beside their rows, by their hash: what the model heard can be listened to, and a model trained on it.
 * `keep` comes before the row of `sensor_audio` is stored.
 */
export interface RecordingStore extends Component {
  /**
   * Resolves when the recording will be there after a power failure, also when it was there before. The same bytes are kept once, however often
   * and at once they come. Rejects with retryable `E_RECORDING_IO` while that cannot be done; with `E_CONFIG` when `sha256` is no SHA-256 in
   * hex. When `signal` aborts, what has not begun is not done.
   */
  keep(recording: Recording, signal?: AbortSignal): Promise<void>;
  /** Absent: what is kept cannot be read back. Resolves to `undefined` for what is not there, or not any more. Rejects as `keep`. */
  find?(sha256: string): Promise<KeptRecording | undefined>;
}
