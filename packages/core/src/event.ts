import type { WindowCommand } from './command.js';
import type { DeadLetterReason } from './errors.js';
import type { InferenceAnswer, InferenceRequest } from './inference-engine.js';

/** Milliseconds since the Unix epoch (UTC), integral: maps to ClickHouse DateTime64(3) without loss. */
export type EpochMs = number;

/** Physical quantity of a scalar channel. Open set: well-known names complete in editors, any other string is allowed. */
export type Quantity =
  'temperature' | 'humidity' | 'co2' | 'pm25' | 'aqi' | 'occupancy' | 'battery_level' | 'pressure' | (string & {});

/** A value for each of some quantities, each in its own unit. */
export type Scalars = Readonly<Partial<Record<Quantity, number>>>;

/** What every event read off the wire carries. */
export interface EventBase {
  readonly deviceId: string;
  /** When it was measured: the device's own time where credible, else the time of receipt (P-5a). */
  readonly timestampMs: EpochMs;
  /** Who stamped `timestampMs`. */
  readonly timeSource: 'device' | 'server';
  /** The timestamp exactly as the device sent it; `''` when it sent none. */
  readonly deviceTimestamp: string;
  readonly receivedAtMs: EpochMs;
  /**
   * Same for every redelivery, different for any two readings (P-5; from the second reading of one message on, `#n` is appended).
   * Storage writes each row once by it.
   */
  readonly messageId: string;
  /**
   * Whether a redelivery is recognised by `messageId` (P-5). False without sequence number and credible device time: then every
   * delivery is a reading of its own.
   */
  readonly identified: boolean;
  /** As the device counts, when it does (P-5): what a device is told that it may forget is counted so. */
  readonly sequence?: Sequence;
}

/** A device's own count of its messages. Both are uint32; `seq` counts within one `boot`. */
export interface Sequence {
  readonly boot: number;
  readonly seq: number;
}

/** One value of one quantity, in the quantity's own unit (°C, percent, ppm …). */
export interface ScalarReading extends EventBase {
  readonly kind: 'scalar';
  readonly quantity: Quantity;
  readonly value: number;
}

/** A buffered sound recording, undecoded. */
export interface Recording {
  /** As it was sent; the hash is over these bytes, so both sides of a split agree on it. */
  readonly bytes: Uint8Array;
  readonly format: 'wav' | 'pcm_s16le';
  readonly sampleRateHz: number;
  readonly durationS: number;
  /** SHA-256 of `bytes`, hex: the `audio_hash` of the tables. */
  readonly sha256: string;
}

export interface WaveformReading extends EventBase {
  readonly kind: 'waveform';
  readonly recording: Recording;
}

/** One part of a recording that comes in pieces (P-9). What is made of all of them is a {@link WaveformReading}. */
export interface RecordingPart extends EventBase {
  readonly kind: 'recording-part';
  /** The device's own name for the recording. */
  readonly file: string;
  readonly part: RecordingInit | RecordingBytes | RecordingEnd;
}

/** What is known of the recording: time and identity of this event are the recording's. */
export interface RecordingInit {
  readonly type: 'init';
  /** The number of the whole recording: a part has none of its own. */
  readonly sequence?: Sequence;
}

/** Bytes of the file, from `offset` on. Sent again, with other pieces too, they are the same bytes. */
export interface RecordingBytes {
  readonly type: 'bytes';
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** How long the file is, in bytes, and its SHA-256 in lower-case hex. */
export interface RecordingEnd {
  readonly type: 'end';
  readonly size: number;
  readonly sha256: string;
}

/** A window command seen on the wire, whoever sent it: ours, a person's, a legacy service's. The only source of `window_actions`. */
export interface CommandSeen extends EventBase {
  readonly kind: 'command-seen';
  readonly command: WindowCommand;
}

/** The device's own word, or its last will, on being connected (P-30). */
export interface DeviceStatus extends EventBase {
  readonly kind: 'device-status';
  readonly online: boolean;
}

/** What the actuator reports of itself (P-33). Positions in percent open, 0..100; NaN when not reported. */
export interface WindowState extends EventBase {
  readonly kind: 'window-state';
  readonly position: number;
  readonly target: number;
  /** `''` when the device moved without a command. */
  readonly commandId: string;
  readonly result: 'done' | 'moving' | 'rejected' | 'expired';
}

/** One bad member of a message whose other members are good (P-8): becomes a dead letter of its own. */
export interface RejectedMember extends EventBase {
  readonly kind: 'rejected';
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

/** What a device says of itself when it connects (P-31), as far as the runtime needs it. */
export interface DeviceInfo extends EventBase {
  readonly kind: 'device-info';
  /** The oldest message of this boot that the device still holds; absent when it did not say. */
  readonly holdsFrom?: Sequence;
}

/** What a device says of a configuration that it was offered (P-36). */
export interface ConfigReported extends EventBase {
  readonly kind: 'config-reported';
  /** The one that was offered; absent when the device could not read it. */
  readonly version?: number;
  readonly applied: boolean;
  /** Why not; `''` when it is. */
  readonly reason: string;
  /** The one in force when this one is not; 0 for none, absent when the device does not say. */
  readonly inForceVersion?: number;
  /** In force, when it is applied. */
  readonly values: Readonly<Record<string, number>>;
  /** Members that the device does not know. */
  readonly unknown: readonly string[];
}

/** A backend asks an inference service (P-20). */
export interface InferenceAsked extends EventBase {
  readonly kind: 'inference-asked';
  readonly request: InferenceRequest;
}

/** An inference service answers (P-25). */
export interface InferenceAnswered extends EventBase {
  readonly kind: 'inference-answered';
  readonly answer: InferenceAnswer;
}

/** Everything that a codec can make of a message. The runtime branches on `kind`, never on sensor names. */
export type InboundEvent =
  | ScalarReading
  | WaveformReading
  | RecordingPart
  | CommandSeen
  | DeviceStatus
  | WindowState
  | DeviceInfo
  | ConfigReported
  | InferenceAsked
  | InferenceAnswered
  | RejectedMember;
