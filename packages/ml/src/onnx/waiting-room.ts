import { LouverError } from '@louver/core';
import { modelError } from './model-file.js';

/**
 * Bytes of inputs that wait or run at most, per model. The runtime takes memory for a run's inputs out of 4 GiB without asking whether it
 * got it, and needs as much again, or more, for what lies between input and output.
 */
export const MAX_WAITING_BYTES = 2 ** 29;

/** Counts the runs of one model that wait, and their bytes, against a bound each. */
export class WaitingRoom {
  readonly #path: string;
  readonly #maxRuns: number;
  readonly #maxBytes: number;
  #runs = 0;
  #bytes = 0;

  constructor(path: string, maxRuns: number, maxBytes = MAX_WAITING_BYTES) {
    this.#path = path;
    this.#maxRuns = maxRuns;
    this.#maxBytes = maxBytes;
  }

  /** Lets a run in and gives what to call when it is over; throws `E_OVERLOADED`, or `E_MODEL` when it would never fit. */
  enter(bytes: number): () => void {
    if (bytes > this.#maxBytes) {
      throw modelError(this.#path, `the inputs of a run have ${bytes} bytes, at most ${this.#maxBytes} fit`);
    }
    if (this.#runs >= this.#maxRuns) throw this.#overloaded(`${this.#runs} runs`);
    if (this.#bytes + bytes > this.#maxBytes) throw this.#overloaded(`${this.#bytes} bytes of inputs`);
    this.#runs++;
    this.#bytes += bytes;
    return () => {
      this.#runs--;
      this.#bytes -= bytes;
    };
  }

  #overloaded(found: string): LouverError {
    return new LouverError('E_OVERLOADED', `${this.#path}: ${found} are waiting already: try again later`);
  }
}
