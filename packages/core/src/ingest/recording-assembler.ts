import type { InboundMessage } from '../codec.js';
import { LouverError, withoutCode } from '../errors.js';
import type { EpochMs, Recording, RecordingPart, WaveformReading } from '../event.js';
import { idOf } from '../id-of.js';
import { emptyWavText, readWavHeader } from '../wav.js';
import { OpenRecording, type WholeRecording } from './open-recording.js';

export interface AssemblerOptions {
  /** How long after its first part a recording may be complete, by the time of receipt. Default 60 s [P-9]. */
  readonly timeToLiveMs?: number;
  /** Parts of all open recordings in memory; beyond it the oldest is given up. Default 32 MiB. */
  readonly maxBytes?: number;
  /** Open recordings of one device; beyond it its oldest is given up. Default 8. */
  readonly maxPerDevice?: number;
  /** Parts of one recording, repetitions included; one with more is given up. Default 8,192. */
  readonly maxParts?: number;
}

/** What became of a recording, and the places of its parts: the last one is where it was decided. */
export type Concluded<Place> = { readonly places: readonly Place[]; readonly message: InboundMessage } & (
  | { readonly kind: 'complete'; readonly event: WaveformReading }
  /** `undecodable`: all of it is there, and it is no recording; sent again it would be none either. */
  | {
      readonly kind: 'given-up';
      readonly why: 'too-late' | 'no-room' | 'undecodable';
      readonly error: LouverError;
    }
  /** Parts of a recording that was complete before. */
  | { readonly kind: 'repeated' }
);

/** How long the parts of a recording are known when they come again, in lifetimes, and bytes of those recordings. */
const REMEMBERED_LIVES = 10;
const MAX_REMEMBERED_BYTES = 8 * 1024 * 1024;
/** As the codec has it for recordings that come whole. */
const MAX_SAMPLE_RATE_HZ = 384_000;

/**
 * Puts recordings together that come in parts [P-9]. Fed with the journal in its order, it concludes by what lies there and by when that was
 * received, whatever the process has lived through: read again, the same parts make the same recording.
 */
export class RecordingAssembler<Place> {
  /** By device and file, the oldest first. */
  readonly #open = new Map<string, OpenRecording<Place>>();
  readonly #perDevice = new Map<string, number>();
  /** What was complete, the oldest first. */
  readonly #complete = new Map<string, WholeRecording & { readonly atMs: EpochMs }>();
  #rememberedBytes = 0;
  #bytes = 0;
  readonly #timeToLiveMs: number;
  readonly #maxBytes: number;
  readonly #maxPerDevice: number;
  readonly #maxParts: number;

  constructor(options: AssemblerOptions = {}) {
    this.#timeToLiveMs = options.timeToLiveMs ?? 60_000;
    this.#maxBytes = options.maxBytes ?? 32 * 1024 * 1024;
    this.#maxPerDevice = options.maxPerDevice ?? 8;
    this.#maxParts = options.maxParts ?? 8_192;
  }

  /** Whether any recording has parts missing. */
  get any(): boolean {
    return this.#open.size > 0;
  }

  /** What it takes in memory, roughly. */
  get bytes(): number {
    return this.#bytes;
  }

  /** One more part. Gives what was concluded by it: the recording, and what had to make room. */
  add(event: RecordingPart, message: InboundMessage, place: Place): readonly Concluded<Place>[] {
    const key = keyOf(event);
    const concluded: Concluded<Place>[] = [];
    const before = this.#open.get(key);
    if (before !== undefined && message.receivedAtMs - before.firstMs > this.#timeToLiveMs) {
      concluded.push(this.#giveUp(key, before, 'too-late'));
    }
    const file = this.#open.get(key) ?? this.#begin(key, event.deviceId, message.receivedAtMs, concluded);
    this.#bytes += file.add(event, message, place);
    const whole = file.assembled();
    if (typeof whole !== 'string') {
      concluded.push(this.#finish(key, file, whole, message));
    } else if (file.places.length >= this.#maxParts) {
      concluded.push(this.#giveUp(key, file, 'no-room'));
    }
    while (this.#bytes > this.#maxBytes) {
      const [oldestKey, oldest] = this.#open.entries().next().value!;
      concluded.push(this.#giveUp(oldestKey, oldest, 'no-room'));
    }
    return concluded;
  }

  /** Gives up what can be complete in time no more. @param passedMs what comes from now on was received then or later. */
  expire(passedMs: EpochMs): readonly Concluded<Place>[] {
    const concluded: Concluded<Place>[] = [];
    for (const [key, file] of this.#open) {
      if (passedMs - file.firstMs <= this.#timeToLiveMs) break;
      concluded.push(this.#giveUp(key, file, 'too-late'));
    }
    return concluded;
  }

  /** Gives up this one, as it was given up before: its last part says so. */
  giveUp(event: RecordingPart): Concluded<Place> | undefined {
    const key = keyOf(event);
    const file = this.#open.get(key);
    return file && this.#giveUp(key, file, 'too-late');
  }

  #begin(key: string, deviceId: string, firstMs: EpochMs, concluded: Concluded<Place>[]): OpenRecording<Place> {
    const count = this.#perDevice.get(deviceId) ?? 0;
    if (count >= this.#maxPerDevice) {
      for (const [oldestKey, oldest] of this.#open) {
        if (deviceOf(oldestKey) !== deviceId) continue;
        concluded.push(this.#giveUp(oldestKey, oldest, 'no-room'));
        break;
      }
    }
    const file = new OpenRecording<Place>(firstMs);
    this.#open.set(key, file);
    this.#perDevice.set(deviceId, (this.#perDevice.get(deviceId) ?? 0) + 1);
    return file;
  }

  #finish(key: string, file: OpenRecording<Place>, whole: Uint8Array, message: InboundMessage): Concluded<Place> {
    this.#remove(key, file);
    const { places } = file;
    const { event, said, digest: initDigest } = file.init!;
    const { sha256 } = file.end!;
    this.#remember(key, { initDigest, sha256, bytes: whole, atMs: message.receivedAtMs });
    try {
      const { kind: _kind, file: _file, part: _part, ...base } = event;
      // Of a device that does not count, name, words and bytes tell one recording from another.
      const messageId = said.sequence === undefined ? idOf(event.messageId, sha256) : event.messageId;
      const sequence = said.sequence && { sequence: said.sequence };
      const reading = { ...base, ...sequence, messageId, identified: true };
      return {
        kind: 'complete',
        places,
        message,
        event: { kind: 'waveform', ...reading, recording: wav(whole, sha256) },
      };
    } catch (error) {
      const text = `recording ${nameOf(key)}: ${withoutCode(LouverError.from(error, 'E_DECODE').message)}`;
      return {
        kind: 'given-up',
        why: 'undecodable',
        places,
        message: letterOf(file),
        error: refusal(text, event.deviceId, file),
      };
    }
  }

  #giveUp(key: string, file: OpenRecording<Place>, why: 'too-late' | 'no-room'): Concluded<Place> {
    this.#remove(key, file);
    const { places } = file;
    const message = letterOf(file);
    const before = this.#complete.get(key);
    if (before !== undefined && file.repeats(before)) {
      return { kind: 'repeated', places, message };
    }
    const what = file.assembled();
    const state = typeof what === 'string' ? what : 'complete';
    const cause =
      why === 'too-late'
        ? `not complete ${this.#timeToLiveMs / 1000} s after its first part`
        : 'too many parts are waited for';
    const text = `recording ${nameOf(key)} given up, ${cause}: ${state}, of ${places.length} parts; send it again`;
    return { kind: 'given-up', why, places, message, error: refusal(text, deviceOf(key)) };
  }

  #remove(key: string, file: OpenRecording<Place>): void {
    this.#open.delete(key);
    this.#bytes -= file.bytes;
    const deviceId = deviceOf(key);
    const left = this.#perDevice.get(deviceId)! - 1;
    if (left > 0) this.#perDevice.set(deviceId, left);
    else this.#perDevice.delete(deviceId);
  }

  #remember(key: string, whole: WholeRecording & { readonly atMs: EpochMs }): void {
    this.#forget(key);
    this.#complete.set(key, whole);
    this.#rememberedBytes += whole.bytes.length;
    for (const [oldest, { atMs }] of this.#complete) {
      const isOld = whole.atMs - atMs > REMEMBERED_LIVES * this.#timeToLiveMs;
      if (!isOld && this.#rememberedBytes <= MAX_REMEMBERED_BYTES) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#rememberedBytes -= this.#complete.get(key)?.bytes.length ?? 0;
    this.#complete.delete(key);
  }
}

/** Neither has a slash. */
function keyOf({ deviceId, file }: RecordingPart): string {
  return `${deviceId}/${file}`;
}

function deviceOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}

function nameOf(key: string): string {
  return JSON.stringify(key.slice(key.lastIndexOf('/') + 1));
}

/** What stands for all of its parts where it is set aside: where it was announced, when and as which delivery its last part came. */
function letterOf({ init, last }: OpenRecording<unknown>): InboundMessage {
  return { ...last!, topic: init?.topic ?? last!.topic, payload: new Uint8Array(0) };
}

function refusal(text: string, deviceId: string, complete?: OpenRecording<unknown>): LouverError {
  const sequence = complete?.init?.said.sequence;
  return new LouverError('E_DECODE', text, { reason: 'bad-recording', deviceId, ...(sequence && { sequence }) });
}

function wav(bytes: Uint8Array, sha256: string): Recording {
  const header = readWavHeader(bytes);
  const { frames, sampleRateHz, durationS } = header;
  if (frames === 0) throw new LouverError('E_DECODE', emptyWavText(bytes, header));
  if (sampleRateHz > MAX_SAMPLE_RATE_HZ) {
    throw new LouverError(
      'E_DECODE',
      `WAV header: sample rate ${sampleRateHz}, expected at most ${MAX_SAMPLE_RATE_HZ}`,
    );
  }
  return { bytes, format: 'wav', sampleRateHz, durationS, sha256 };
}
