import type { Clock, Delivery, DurableReceipt, LouverError } from '@louver/core';
import { fifo } from './fifo.js';

/** What a message becomes when the pipeline has taken it, or given it back. */
export interface Settlement {
  acked(receipt: DurableReceipt): void;
  nacked(cause: LouverError): void;
}

export interface Incoming {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retained: boolean;
  readonly dup?: boolean;
  readonly own?: boolean;
}

/** Contract of {@link import('@louver/core').Transport}: the default of `maxUnsettled`, until `receive` says otherwise. */
const DEFAULT_MAX_UNSETTLED = 4096;

/**
 * Between the broker and `receive()`: never more than `maxUnsettled` deliveries are open. What finds no room waits in line here, own
 * publishes before those of clients; whoever offers has to see to it that the line stays short.
 */
export interface Intake {
  /** Sets the bound; until then 4096. */
  bound(maxUnsettled: number): void;
  /** Hands over now if there is room. */
  offer(message: Incoming, settlement: Settlement): boolean;
  /** Hands over as soon as there is room; `onTaken` is called then. */
  wait(message: Incoming, settlement: Settlement, line: 'own' | 'clients', onTaken: () => void): void;
  /** Messages in both lines. */
  readonly waiting: number;
  /** So much waits that nothing more should be read: resolves when that is over. `undefined`: it is not so. */
  crowded(): Promise<void> | undefined;
  /** Since when there has been no room, else `undefined`. */
  readonly fullSinceMs: number | undefined;
  /** Everything handed over since the last call; waits for the first. Empty when `signal` aborts. */
  next(signal: AbortSignal): Promise<readonly Delivery[]>;
  /** Forgets what was not picked up: nobody will. Settling what was is allowed later. */
  end(): void;
}

/** What a message that waits costs besides its payload and topic, in bytes. */
const OVERHEAD_BYTES = 1_000;

/** @param maxWaitingBytes what may wait in both lines together */
export function intake(clock: Clock, maxWaitingBytes: number): Intake {
  let maxUnsettled = DEFAULT_MAX_UNSETTLED;
  let unsettled = 0;
  let fullSinceMs: number | undefined;
  let ready: Delivery[] = [];
  let wake: (() => void) | undefined;
  let waitingBytes = 0;
  let crowd: (() => void)[] = [];
  let ended = false;
  const lines = { own: fifo<() => void>(), clients: fifo<() => void>() };

  const hasRoom = (): boolean => !ended && unsettled < maxUnsettled;

  const moveUp = (): void => {
    while (hasRoom()) {
      const take = lines.own.shift() ?? lines.clients.shift();
      if (!take) break;
      take();
    }
    if (lines.own.size + lines.clients.size === 0) fullSinceMs = undefined;
    if (waitingBytes < maxWaitingBytes) disperse();
  };

  const disperse = (): void => {
    const all = crowd;
    crowd = [];
    for (const go of all) go();
  };

  const handOver = (message: Incoming, settlement: Settlement): void => {
    unsettled++;
    let open = true;
    const once = (): boolean => {
      const first = open;
      open = false;
      return first;
    };
    ready.push({
      topic: message.topic,
      payload: message.payload,
      receivedAtMs: clock.now(),
      qos: message.qos,
      retained: message.retained,
      ...(message.dup === true && { dup: true }),
      ...(message.own === true && { own: true }),
      ack(receipt) {
        if (!once()) return;
        settlement.acked(receipt);
        unsettled--;
        moveUp();
      },
      nack(cause) {
        if (!once()) return;
        settlement.nacked(cause);
        unsettled--;
        moveUp();
      },
    });
    wake?.();
  };

  return {
    get waiting() {
      return lines.own.size + lines.clients.size;
    },
    get fullSinceMs() {
      return fullSinceMs;
    },
    bound(max) {
      maxUnsettled = max;
      moveUp();
    },
    offer(message, settlement) {
      if (!hasRoom()) {
        if (!ended) fullSinceMs ??= clock.now();
        return false;
      }
      handOver(message, settlement);
      return true;
    },
    crowded() {
      return waitingBytes < maxWaitingBytes ? undefined : new Promise((resolve) => crowd.push(resolve));
    },
    wait(message, settlement, line, onTaken) {
      const sizeBytes = message.payload.length + message.topic.length + OVERHEAD_BYTES;
      waitingBytes += sizeBytes;
      lines[line].push(() => {
        waitingBytes -= sizeBytes;
        handOver(message, settlement);
        onTaken();
      });
    },
    async next(signal) {
      if (ready.length === 0 && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const finish = (): void => {
            wake = undefined;
            signal.removeEventListener('abort', finish);
            resolve();
          };
          wake = finish;
          signal.addEventListener('abort', finish, { once: true });
        });
      }
      if (signal.aborted) return [];
      const batch = ready;
      ready = [];
      return batch;
    },
    end() {
      ended = true;
      unsettled -= ready.length;
      ready = [];
      lines.own.clear();
      lines.clients.clear();
      waitingBytes = 0;
      disperse();
    },
  };
}
