import type { ChdbSession } from './load-chdb.js';

/** How readers that are not this pipeline come to the engine: among its reads, after them, one call at a time. */
export interface GuestDoor {
  /** For one question: what is set in it ends with it. 0.3 ms. */
  openSession(): ChdbSession;
  /** Makes a call in its turn. Rejects with what `call` rejects with, and with a `ConnectionFault` when too many wait or nothing is open. */
  call<T>(call: () => Promise<T>): Promise<T>;
  /** Ends the statements that begin with this comment, and waits for nothing. */
  kill(marker: string): Promise<void>;
}
