import { LouverError, type Clock, type Codec, type EpochMs } from '@louver/core';
import { esp32Codec } from '../codec.js';
import { synthesizeSound } from '../sound/synthesize-sound.js';
import type { SoundKind } from '../sound/scenes.js';
import { requireDeviceId } from '../topics/device-id.js';
import { esp32Topics, type TopicPatterns, type Topics } from '../topics/topics.js';
import { MS_PER_DAY, MS_PER_HOUR } from './air.js';
import { Outdoors } from './outdoors.js';
import { audioPayload, scalarPayload, sharedAudioPayload, windowStatePayload, type Numbering } from './payloads.js';
import { Room, type RoomOptions } from './room.js';
import type { SharedRecordings } from './shared-recordings.js';
import {
  messageOfParts,
  SIMULATED_QUANTITIES,
  type SimulatedMessage,
  type SimulatedQuantity,
} from './simulated-message.js';
import { SimulatedWindow, type WindowReport } from './simulated-window.js';

export interface SimulatedDeviceOptions {
  readonly deviceId: string;
  readonly clock: Clock;
  /** Uniform in [0, 1): weather, noise and sound. The same sequence and clock make the same messages. */
  readonly random: () => number;
  /** Takes a message to the broker. While it rejects, messages wait in the device (`unsent`). */
  readonly publish: (message: SimulatedMessage) => Promise<void> | void;
  /** Between two pairs of temperature and humidity; default 30,000. */
  readonly intervalMs?: number;
  /** From the start to the first pair; default 0. Devices of one start would else measure in the same moments for ever. */
  readonly firstReadingMs?: number;
  /** What is measured beside sound; default both. */
  readonly quantities?: readonly SimulatedQuantity[];
  /** Between two recordings; default 600,000; 0 for none. */
  readonly audioIntervalMs?: number;
  /** From the start to the first recording; default 0. */
  readonly firstAudioMs?: number;
  /** Takes recordings from there instead of synthesizing each, and then `recordingS` and `sampleRateHz` do not count. */
  readonly recordings?: SharedRecordings;
  /** Length of a recording in s; default 2. */
  readonly recordingS?: number;
  /** Default 16,000. */
  readonly sampleRateHz?: number;
  readonly room?: RoomOptions;
  /** Weather, shared by the devices of one house; default: weather of its own. */
  readonly outdoors?: Outdoors;
  /** Speed of the window's motor, percent per s; default 5. */
  readonly windowPercentPerS?: number;
  /** Percent open at the start; default 0. */
  readonly windowPosition?: number;
  readonly topics?: Partial<TopicPatterns>;
  /** What the device takes for the time; `undefined`: it knows none. Default: the clock's time. */
  readonly believedMs?: (nowMs: EpochMs) => EpochMs | undefined;
  /**
   * Counts the device's starts, 0..2^32−1; default: drawn from `random`. With the same one the numbering begins again at 0, and the backend takes
   * the readings for repetitions [P-5]: give each run its own where `random` has a fixed seed.
   */
  readonly boot?: number;
}

/** Messages kept while the broker is away: an hour of readings; then the oldest is dropped, as a small flash would. */
const MAX_UNSENT = 256;
/** Physics go in steps of a minute at most, a gap of more than a day in one. */
const MAX_STEP_MS = 60_000;
/** Loudness through a closed window: -16 dB. */
const CLOSED_LEVEL = 0.15;

/**
 * A device in a plausible room: measures, records, moves its window, and the window changes the room. No I/O and no timers of its own:
 * `tick` brings it to the clock's time, `run` does so whenever something is due.
 */
export class SimulatedDevice {
  readonly deviceId: string;
  /** What the connection leaves as its last will [P-30]. */
  readonly will: SimulatedMessage;
  /** Topic filters to subscribe to for `onMessage`. */
  readonly subscriptions: readonly string[];
  readonly #o: SimulatedDeviceOptions;
  readonly #topics: Topics;
  readonly #codec: Codec;
  readonly #room: Room;
  readonly #outdoors: Outdoors;
  readonly #window: SimulatedWindow;
  readonly #intervalMs: number;
  readonly #audioIntervalMs: number;
  readonly #boot: number;
  readonly #outbox: SimulatedMessage[] = [];
  #seq = 0;
  #simulatedMs: EpochMs;
  #readingDueMs: EpochMs;
  #audioDueMs: EpochMs;
  #publishing = false;
  #dropped = 0;

  constructor(options: SimulatedDeviceOptions) {
    this.#o = options;
    this.deviceId = requireDeviceId(options.deviceId);
    ({ topics: this.#topics, codec: this.#codec } = languageOf(options.topics ?? DEFAULT_PATTERNS));
    this.#intervalMs = interval('intervalMs', options.intervalMs ?? 30_000);
    const audioMs = options.audioIntervalMs ?? 600_000;
    this.#audioIntervalMs = audioMs === 0 ? Number.POSITIVE_INFINITY : interval('audioIntervalMs', audioMs);
    const drawn = Math.floor(options.random() * 0x1_0000_0000);
    this.#boot = options.boot ?? drawn;
    this.#room = new Room(options.room);
    this.#outdoors = options.outdoors ?? new Outdoors({ random: options.random });
    this.#window = new SimulatedWindow(
      interval('windowPercentPerS', options.windowPercentPerS ?? 5),
      options.windowPosition ?? 0,
    );
    this.will = { topic: this.#topics.status(this.deviceId), payload: 'offline', qos: 1, retain: true };
    this.subscriptions = [this.#topics.windowControl(this.deviceId)];
    const now = options.clock.now();
    this.#simulatedMs = now;
    this.#window.advance(now);
    this.#readingDueMs =
      options.quantities?.length === 0 ? Number.POSITIVE_INFINITY : now + (options.firstReadingMs ?? 0);
    this.#audioDueMs = audioMs === 0 ? Number.POSITIVE_INFINITY : now + (options.firstAudioMs ?? 0);
  }

  /** Which start of the device this is [P-5]. */
  get boot(): number {
    return this.#boot;
  }

  get temperatureC(): number {
    return this.#room.temperatureC;
  }

  /** Percent, 0..100. */
  get relativeHumidity(): number {
    return this.#room.relativeHumidity;
  }

  /** Percent open, 0..100. */
  get windowPosition(): number {
    return this.#window.position;
  }

  /** What can be heard now. */
  get scene(): SoundKind {
    return this.#outdoors.at(this.#simulatedMs).scene;
  }

  /** Messages that could not be published yet. */
  get unsent(): number {
    return this.#outbox.length;
  }

  /** Messages that had to go because too many waited. */
  get dropped(): number {
    return this.#dropped;
  }

  /** When `tick` has something to do next. */
  get nextDueMs(): EpochMs {
    return Math.min(this.#readingDueMs, this.#audioDueMs, this.#window.arrivesAtMs(this.#simulatedMs));
  }

  /** Tells of itself: `online` and the window's state, both retained. To be called whenever the connection is (again) there. */
  async start(): Promise<void> {
    this.#send({ ...this.will, payload: 'online' });
    this.#sendState(this.#window.report());
    await this.#flush();
  }

  /** Says `offline`, as a device that is switched off properly. */
  async stop(): Promise<void> {
    this.#send(this.will);
    await this.#flush();
  }

  /** Brings the room to the clock's time and publishes what is due. Never rejects: what cannot be published waits. */
  async tick(): Promise<void> {
    const now = this.#o.clock.now();
    this.#advance(now);
    if (now >= this.#readingDueMs) {
      this.#measure(now);
      this.#readingDueMs = following(this.#readingDueMs, this.#intervalMs, now);
    }
    if (now >= this.#audioDueMs) {
      this.#record(now);
      this.#audioDueMs = following(this.#audioDueMs, this.#audioIntervalMs, now);
    }
    await this.#flush();
  }

  /** `start`, then `tick` whenever something is due until `signal` aborts, then `stop`. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#o;
    await this.start();
    while (!signal.aborted) {
      await this.tick();
      // A command may change what is due: look at least every second while asleep.
      await clock.sleep(Math.min(1000, Math.max(1, this.nextDueMs - clock.now())), signal);
    }
    await this.stop();
  }

  /**
   * A message for the device. Retained commands are ignored, expired, old and unreadable ones are answered with a state that says so [P-24].
   *
   * @param retained Whether the broker had kept it.
   */
  async onMessage(topic: string, payload: Uint8Array | string, retained = false): Promise<void> {
    if (retained || topic !== this.subscriptions[0]) return;
    const receivedAtMs = this.#o.clock.now();
    this.#advance(receivedAtMs);
    const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
    try {
      for (const event of this.#codec.decode({ topic, payload: bytes, receivedAtMs, deliveryId: '' })) {
        if (event.kind !== 'command-seen') continue;
        // Who knows no time takes a command for fresh.
        this.#sendState(this.#window.obey(event.command, this.#believed(receivedAtMs) ?? receivedAtMs));
      }
    } catch (error) {
      if (!LouverError.is(error)) throw error;
      this.#sendState({ ...this.#window.report(), commandId: '', result: 'rejected' });
    }
    await this.#flush();
  }

  #advance(now: EpochMs): void {
    const gapMs = now - this.#simulatedMs;
    const stepMs = gapMs > MS_PER_DAY ? gapMs : MAX_STEP_MS;
    while (this.#simulatedMs < now) {
      const next = Math.min(now, this.#simulatedMs + stepMs);
      const seconds = (next - this.#simulatedMs) / 1000;
      this.#simulatedMs = next;
      const arrived = this.#window.advance(next);
      this.#room.step(seconds, this.#outdoors.at(next), this.#window.position, peopleAt(next));
      if (arrived) this.#sendState(this.#window.report());
    }
  }

  #measure(now: EpochMs): void {
    const { quantities = SIMULATED_QUANTITIES } = this.#o;
    // An SHT31 repeats within 0.04 K and 0.1 %, and gives two decimals.
    const measured = {
      temperature: rounded(this.#room.temperatureC + 0.04 * this.#noise()),
      humidity: Math.min(100, Math.max(0, rounded(this.#room.relativeHumidity + 0.1 * this.#noise()))),
    };
    for (const sensor of quantities) {
      const value = measured[sensor];
      const number = this.#number();
      const payload = scalarPayload(value, this.#believed(now), number);
      const topic = this.#topics.scalar(this.deviceId, sensor);
      this.#send({ topic, payload, qos: 1, retain: false, reading: { sensor, seq: number.seq, value } });
    }
  }

  #record(now: EpochMs): void {
    const { recordingS: durationS = 2, sampleRateHz = 16_000, random, recordings } = this.#o;
    const level = CLOSED_LEVEL + (1 - CLOSED_LEVEL) * (this.#window.position / 100);
    const topic = this.#topics.audio(this.deviceId);
    const believed = this.#believed(now);
    const number = this.#number();
    if (recordings !== undefined) {
      const recording = recordings.record(this.scene, level, random);
      return this.#send(messageOfParts(topic, sharedAudioPayload(recording, believed, number), number.seq));
    }
    const samples = synthesizeSound(this.scene, { durationS, sampleRateHz, random, level });
    const payload = audioPayload(samples, sampleRateHz, believed, number);
    this.#send({ topic, payload, qos: 1, retain: false, reading: { sensor: 'audio', seq: number.seq } });
  }

  #sendState(report: WindowReport): void {
    const payload = windowStatePayload(report, this.#believed(this.#simulatedMs));
    this.#send({ topic: this.#topics.windowState(this.deviceId), payload, qos: 1, retain: true });
  }

  #believed(now: EpochMs): EpochMs | undefined {
    const { believedMs } = this.#o;
    return believedMs === undefined ? now : believedMs(now);
  }

  #number(): Numbering {
    return { seq: this.#seq++ >>> 0, boot: this.#boot };
  }

  /** About ±1, triangular. */
  #noise(): number {
    return this.#o.random() + this.#o.random() - 1;
  }

  #send(message: SimulatedMessage): void {
    if (this.#outbox.length >= MAX_UNSENT) {
      // The first may be on its way.
      this.#outbox.splice(this.#publishing ? 1 : 0, 1);
      this.#dropped++;
    }
    this.#outbox.push(message);
  }

  /**
   * In order; the first failure leaves the rest for the next call. While one call publishes, others return at once and leave theirs to it:
   * a command that answers a reading may come before that reading's `publish` returns.
   */
  async #flush(): Promise<void> {
    if (this.#publishing) return;
    this.#publishing = true;
    try {
      for (let message = this.#outbox[0]; message !== undefined; message = this.#outbox[0]) {
        await this.#o.publish(message);
        this.#outbox.shift();
      }
    } catch {
      // The broker is away. `unsent` says so, and the next call tries again.
    } finally {
      this.#publishing = false;
    }
  }
}

interface Language {
  readonly topics: Topics;
  readonly codec: Codec;
}

const DEFAULT_PATTERNS: Partial<TopicPatterns> = {};
/** By the object that holds the patterns: of a thousand devices each one's own would take 9 MB. */
const languages = new WeakMap<Partial<TopicPatterns>, Language>();

function languageOf(patterns: Partial<TopicPatterns>): Language {
  let language = languages.get(patterns);
  if (language === undefined) {
    language = { topics: esp32Topics(patterns), codec: esp32Codec({ topics: patterns }) };
    languages.set(patterns, language);
  }
  return language;
}

/** The next time on the schedule after `now`: after a gap the missed ones are left out. */
function following(dueMs: EpochMs, intervalMs: number, now: EpochMs): EpochMs {
  const next = dueMs + intervalMs;
  return next > now ? next : now + intervalMs;
}

/** Two people at night, one in the morning and three in the evening; nobody while they work. */
function peopleAt(ms: EpochMs): number {
  const hour = (ms % MS_PER_DAY) / MS_PER_HOUR;
  if (hour < 7) return 2;
  if (hour < 9) return 1;
  return hour < 17 ? 0 : 3;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function interval(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new LouverError('E_CONFIG', `simulated device: ${name} is ${value}, expected a number above 0`);
}
