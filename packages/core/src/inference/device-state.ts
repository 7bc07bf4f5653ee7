import type { WindowCommand } from '../command.js';
import type { EpochMs, Quantity, Recording, WaveformReading } from '../event.js';
import type { InferenceRequest, KnownAudio } from '../inference-engine.js';
import type { LastRecording } from '../storage-reader.js';
import { ByteBoundedMap } from '../byte-bounded-map.js';

interface LastScalar {
  readonly quantity: Quantity;
  value: number;
  timestampMs: EpochMs;
}

/** More are looked up in a map: a device may send thousands of quantities. */
const FEW_SCALARS = 16;
/** Of every device that has sent none yet. */
const NONE: LastScalar[] = [];

interface KeptRecording {
  readonly recording: Recording;
  readonly messageId: string;
}

/** What is known of one device. */
export interface DeviceSituation {
  /** Usually two or three: a map for each device would be most of what a quiet one costs. */
  scalars: LastScalar[];
  /** The same by quantity, once they are many. */
  scalarsByQuantity?: Map<Quantity, LastScalar>;
  recordedMs: EpochMs;
  /** Of the newest recording, when it comes from before this start. */
  knownAudio?: KnownAudio | undefined;
  /** Newest command that was seen or made, and what the actuator says of itself. */
  lastCommand: WindowCommand | undefined;
  reportedPosition?: number;
  /** Time of the newest request or action that the detector's baseline comes from. */
  baselineMs: EpochMs;
}

export interface DeviceStateOptions {
  readonly required: readonly Quantity[];
  readonly maxAgeMs: number;
  readonly maxRecordingBytes: number;
}

/** Newest scalars and recording of every device: what a request is put together from. Late readings never replace newer ones. */
export class DeviceState {
  readonly #devices = new Map<string, DeviceSituation>();
  readonly #recordings: ByteBoundedMap<string, KeptRecording>;

  constructor(private readonly options: DeviceStateOptions) {
    this.#recordings = new ByteBoundedMap(options.maxRecordingBytes);
  }

  of(deviceId: string): DeviceSituation {
    let device = this.#devices.get(deviceId);
    if (device === undefined) {
      // Named here, as most will have one: a member that is added later needs a store of its own.
      device = { scalars: NONE, recordedMs: -Infinity, baselineMs: -Infinity, lastCommand: undefined };
      this.#devices.set(deviceId, device);
    }
    return device;
  }

  /** Whether the value is the newest of its quantity. */
  updateScalar(deviceId: string, quantity: Quantity, value: number, timestampMs: EpochMs): boolean {
    const device = this.of(deviceId);
    const last = lastOf(device, quantity);
    if (last === undefined) {
      addScalar(device, { quantity, value, timestampMs });
      return true;
    }
    if (timestampMs < last.timestampMs) return false;
    last.value = value;
    last.timestampMs = timestampMs;
    return true;
  }

  /** Whether the recording is the device's newest, and not the last one once more. */
  updateRecording({ deviceId, timestampMs, messageId, recording }: WaveformReading): boolean {
    const device = this.of(deviceId);
    if (timestampMs < device.recordedMs) return false;
    if (this.#recordings.get(deviceId)?.messageId === messageId) return false;
    device.recordedMs = timestampMs;
    device.knownAudio = undefined;
    this.#recordings.set(deviceId, { recording, messageId }, recording.bytes.byteLength);
    return true;
  }

  /** What storage remembers of the last recording, unless there is a newer one. One that could not be analysed is silence. */
  recallAudio({ deviceId, timestampMs, audioHash, features }: LastRecording): void {
    const device = this.of(deviceId);
    if (timestampMs <= device.recordedMs || !isAnalysed(features)) return;
    device.recordedMs = timestampMs;
    device.knownAudio = { sha256: audioHash, recipe: features.recipe, values: features.values };
  }

  /** Keeps the newer of the two commands. */
  updateCommand(command: WindowCommand): void {
    const device = this.of(command.deviceId);
    if (device.lastCommand === undefined || command.timestampMs >= device.lastCommand.timestampMs) {
      device.lastCommand = command;
    }
  }

  /** Time of the newest reading of any kind. */
  newestReadingMs(deviceId: string): EpochMs {
    const device = this.of(deviceId);
    let newestMs = device.recordedMs;
    for (const { timestampMs } of device.scalars) newestMs = Math.max(newestMs, timestampMs);
    return newestMs;
  }

  /** Every scalar and the recording that are young enough, or which required quantity is missing or too old (P-22). */
  requestFor(
    deviceId: string,
    requestId: string,
    timestampMs: EpochMs,
    nowMs: EpochMs,
  ): InferenceRequest | { readonly missing: Quantity } {
    const device = this.of(deviceId);
    const { required, maxAgeMs } = this.options;
    for (const quantity of required) {
      const last = lastOf(device, quantity);
      if (last === undefined || nowMs - last.timestampMs > maxAgeMs) return { missing: quantity };
    }
    const scalars: Partial<Record<Quantity, number>> = {};
    for (const { quantity, value, timestampMs } of device.scalars) {
      if (nowMs - timestampMs <= maxAgeMs) scalars[quantity] = value;
    }
    const request = { kind: 'inference-request', requestId, deviceId, timestampMs, scalars } as const;
    if (nowMs - device.recordedMs > maxAgeMs) return request;
    const { knownAudio } = device;
    if (knownAudio !== undefined) return { ...request, knownAudio };
    const recording = this.#recordings.get(deviceId)?.recording;
    return recording === undefined ? request : { ...request, recording };
  }
}

function lastOf({ scalars, scalarsByQuantity }: DeviceSituation, quantity: Quantity): LastScalar | undefined {
  if (scalarsByQuantity !== undefined) return scalarsByQuantity.get(quantity);
  for (const last of scalars) if (last.quantity === quantity) return last;
  return undefined;
}

function addScalar(device: DeviceSituation, last: LastScalar): void {
  if (device.scalars.length < FEW_SCALARS) {
    // Is no longer than it must be; what is pushed to, or spread into, has room for 16 more.
    device.scalars = device.scalars.concat(last);
    return;
  }
  device.scalars.push(last);
  device.scalarsByQuantity ??= new Map(device.scalars.map((each) => [each.quantity, each]));
  device.scalarsByQuantity.set(last.quantity, last);
}

function isAnalysed(features: unknown): features is Pick<KnownAudio, 'recipe' | 'values'> {
  return typeof features === 'object' && features !== null && 'recipe' in features && 'values' in features;
}
