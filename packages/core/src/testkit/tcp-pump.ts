import type { Socket } from 'node:net';

/** How slow a direction of a connection is. */
export interface Pace {
  /** Added to each chunk. Default 0. */
  readonly latencyMs?: number;
  /** Default: no bound. */
  readonly bytesPerS?: number;
}

export interface PumpState {
  readonly mode: 'forward' | 'hang' | 'stall';
  readonly pace: Pace;
  /** Bytes that may pass from now on. */
  readonly limit: number | undefined;
}

export interface PumpOptions {
  readonly from: Socket;
  readonly to: Socket;
  /** The last byte of the limit has been handed on. */
  readonly onLimit: () => void;
}

interface Chunk {
  readonly bytes: Buffer;
  readonly arrivedMs: number;
}

/** Bytes on their way before the sender is held back. */
const MAX_QUEUED_BYTES = 1024 * 1024;
/** A slow line carries its bytes in pieces of this duration. */
const PIECE_MS = 20;

/** One direction of one connection, in order. Real time: what it slows down is real. */
export class Pump {
  readonly #queue: Chunk[] = [];
  #queuedBytes = 0;
  #state: PumpState = { mode: 'forward', pace: {}, limit: undefined };
  #passed = 0;
  #ended = false;
  #finished = false;
  #running = false;
  #timer: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;

  constructor(private readonly options: PumpOptions) {
    const { from } = options;
    from.on('data', (bytes: Buffer) => this.#arrived(bytes));
    from.on('end', () => {
      this.#ended = true;
      this.#kick();
    });
  }

  steer(state: PumpState): void {
    if (state.limit !== this.#state.limit) this.#passed = 0;
    this.#state = state;
    if (state.mode === 'hang') this.#swallow();
    this.#wake?.();
    this.#kick();
  }

  /** Nothing more is carried. */
  finish(): void {
    this.#finished = true;
    this.#swallow();
    this.#wake?.();
  }

  #arrived(bytes: Buffer): void {
    if (this.#finished || this.#state.mode === 'hang') return;
    this.#queue.push({ bytes, arrivedMs: performance.now() });
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes > MAX_QUEUED_BYTES) this.options.from.pause();
    this.#kick();
  }

  #swallow(): void {
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.options.from.resume();
  }

  #kick(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#run().finally(() => (this.#running = false));
  }

  async #run(): Promise<void> {
    while (!this.#finished && this.#state.mode === 'forward' && this.#queue.length > 0) await this.#carry();
    if (this.#ended && !this.#finished && this.#state.mode === 'forward') this.options.to.end();
  }

  async #carry(): Promise<void> {
    const { pace } = this.#state;
    const { bytes, arrivedMs } = this.#queue[0]!;
    const waitMs = arrivedMs + (pace.latencyMs ?? 0) - performance.now();
    if (waitMs > 0) return this.#pause(waitMs);
    const pieceBytes = Math.max(1, Math.floor(((pace.bytesPerS ?? Infinity) * PIECE_MS) / 1000));
    const room = (this.#state.limit ?? Infinity) - this.#passed;
    const count = Math.min(bytes.length, pieceBytes, room);
    this.#queue.shift();
    if (count < bytes.length) this.#queue.unshift({ bytes: bytes.subarray(count), arrivedMs });
    this.#queuedBytes -= count;
    this.#passed += count;
    if (this.#queuedBytes <= MAX_QUEUED_BYTES) this.options.from.resume();
    await this.#hand(bytes.subarray(0, count));
    if (this.#state.limit !== undefined && this.#passed >= this.#state.limit) return this.options.onLimit();
    if (pace.bytesPerS !== undefined) await this.#pause((count * 1000) / pace.bytesPerS);
  }

  /** Resolves when the socket has taken it. */
  #hand(bytes: Buffer): Promise<void> {
    const { to } = this.options;
    if (bytes.length === 0 || to.destroyed) return Promise.resolve();
    return new Promise((resolve) => to.write(bytes, () => resolve()));
  }

  /** Until then, or until the state changes. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(this.#timer);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = go;
      this.#timer = setTimeout(go, ms);
    });
  }
}
