import { setMaxListeners } from 'node:events';
import type { Codec, StoredUpTo } from '../codec.js';
import type { Context } from '../component.js';
import { withDeadline } from '../deadline.js';
import { LouverError } from '../errors.js';
import type { Journal } from '../journal.js';
import { backoffMs } from '../retry.js';
import type { Transport } from '../transport.js';
import { writeAckNotes } from './ack-notes.js';
import type { BootSequence, DeviceSequences } from './device-sequences.js';

/** A device is told at most this often, and then of everything since. */
const INTERVAL_MS = 250;
/** 2,000 a second: of 10,000 devices that send once a second each is told every 5 s, of 5 messages. */
const DEVICES_PER_TURN = 500;
/** A broker that takes longer for them is one that hangs. */
const PUBLISH_MS = 5_000;
const RETRY = { baseMs: 500, maxMs: 5_000 };

export interface AckTellerOptions {
  readonly codec: Codec;
  readonly transport: Transport;
  readonly journal: Journal;
  readonly context: Context;
  /** Ends waiting. */
  readonly signal: AbortSignal;
}

interface Saying {
  readonly device: DeviceSequences;
  readonly boot: BootSequence;
  readonly upTo: StoredUpTo;
}

/** Notes what devices may be told, then tells them: a turn of many devices at a time, of each the newest. Nothing piles up. */
export class AckTeller {
  readonly #due = new Set<DeviceSequences>();
  #running = false;
  #turning: Promise<unknown> = Promise.resolve();
  #noting: Promise<unknown> = Promise.resolve();
  #failed = false;

  constructor(private readonly options: AckTellerOptions) {}

  /** In its turn, at the soonest in 250 ms. */
  tell(device: DeviceSequences): void {
    this.#due.add(device);
    if (this.#running || this.#failed) return;
    this.#running = true;
    void this.#run();
  }

  forget(device: DeviceSequences): void {
    this.#due.delete(device);
  }

  /** Tells all that is left to tell, if that is possible at once. */
  async close(): Promise<void> {
    await this.#turning;
    await this.#turn(Infinity);
  }

  /** Whether the journal has what is known of them. */
  async note(devices: readonly DeviceSequences[]): Promise<boolean> {
    if (devices.length === 0) return true;
    // One after another: else an older note could follow a newer one.
    const written = this.#noting.then(() => this.#write(devices));
    this.#noting = written;
    return written;
  }

  async #run(): Promise<void> {
    const { context, signal } = this.options;
    for (let failures = 0; this.#due.size > 0 && !this.#failed;) {
      await context.clock.sleep(failures === 0 ? INTERVAL_MS : backoffMs(failures, RETRY, context.random), signal);
      if (signal.aborted) break;
      const turn = this.#turn(DEVICES_PER_TURN);
      this.#turning = turn;
      failures = (await turn) ? 0 : failures + 1;
    }
    this.#running = false;
  }

  /** Whether every one of them was told. */
  async #turn(most: number): Promise<boolean> {
    const sayings: Saying[] = [];
    const moved: DeviceSequences[] = [];
    for (const device of this.#due) {
      if (most-- <= 0) break;
      this.#due.delete(device);
      if (device.moved) moved.push(device);
      for (const boot of device.boots) {
        const { upTo: seq, due } = boot;
        boot.due = false;
        if (!due || seq === undefined || seq < 0) continue;
        const upTo = { kind: 'stored-up-to', deviceId: device.deviceId, boot: boot.boot, seq } as const;
        sayings.push({ device, boot, upTo });
      }
    }
    const unsaid = (await this.note(moved)) ? await this.#publish(sayings) : sayings;
    for (const { device, boot } of unsaid) {
      boot.due = true;
      this.#due.add(device);
    }
    return unsaid.length === 0;
  }

  async #write(devices: readonly DeviceSequences[]): Promise<boolean> {
    for (const device of devices) device.moved = false;
    try {
      await writeAckNotes(this.options.journal, devices);
      return true;
    } catch (error) {
      for (const device of devices) device.moved = true;
      // Nothing more gets to that disk, and what is not noted is not said.
      this.#failed = !LouverError.from(error, 'E_JOURNAL_IO').retryable;
      return false;
    }
  }

  /** What did not go out. */
  async #publish(sayings: readonly Saying[]): Promise<readonly Saying[]> {
    const { codec, transport, context } = this.options;
    if (sayings.length === 0) return [];
    const unsaid = new Set(sayings);
    await withDeadline(context.clock, PUBLISH_MS, 'telling devices what is stored', async (signal) => {
      // Every publish listens.
      setMaxListeners(0, signal);
      const say = async (saying: Saying): Promise<void> => {
        await transport.publish(codec.encodeStored!(saying.upTo), signal);
        unsaid.delete(saying);
      };
      await Promise.allSettled(sayings.map(say));
    }).catch(() => undefined);
    context.metrics.count('stored_acks_total', undefined, sayings.length - unsaid.size);
    return [...unsaid];
  }
}
