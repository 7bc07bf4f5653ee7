import type { Context } from '../component.js';
import type { Delivery, DurableReceipt } from '../delivery.js';
import { LouverError } from '../errors.js';
import { topicMatches } from '../topics.js';
import type { OutboundMessage, Transport } from '../transport.js';

export interface MemoryTransport extends Transport {
  /** A message from a peer; resolves with the receipt when it is acknowledged, rejects when it is returned. */
  inject(topic: string, payload: Uint8Array | string, options?: { readonly qos?: 0 | 1 }): Promise<DurableReceipt>;
  /** What the pipeline sends, as it goes out. Returns how to stop. */
  onPublish(listener: (message: OutboundMessage) => void): () => void;
}

/**
 * A broker and its peers in memory. What is published is received too when a filter matches, as a broker with one subscriber does; peers see
 * it once it is acknowledged.
 */
export function memoryTransport(): MemoryTransport {
  const listeners = new Set<(message: OutboundMessage) => void>();
  const queue: Delivery[] = [];
  let filters: readonly string[] = [];
  let unsettled = 0;
  let context: Context | undefined;
  let wake: (() => void) | undefined;

  function deliver(topic: string, payload: Uint8Array | string, qos: 0 | 1): Promise<DurableReceipt> {
    if (context === undefined) throw new LouverError('E_NOT_OPEN', 'memory transport: used before open()');
    const receivedAtMs = context.clock.now();
    return new Promise((resolve, reject) => {
      const settle = <T>(outcome: (value: T) => void) => {
        return (value: T): void => {
          unsettled--;
          wake?.();
          outcome(value);
        };
      };
      const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
      queue.push({
        topic,
        payload: bytes,
        receivedAtMs,
        qos,
        retained: false,
        ack: settle(resolve),
        nack: settle(reject),
      });
      wake?.();
    });
  }

  return {
    name: 'memory-transport',
    async open(opened) {
      context = opened;
    },
    async close() {
      filters = [];
    },
    async *receive(wanted, { maxUnsettled, signal }) {
      filters = wanted;
      const stop = (): void => wake?.();
      signal.addEventListener('abort', stop);
      while (!signal.aborted) {
        const batch = queue.splice(0, maxUnsettled - unsettled);
        unsettled += batch.length;
        if (batch.length > 0) yield batch;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
      signal.removeEventListener('abort', stop);
    },
    async publish(message, signal) {
      const { topic, payload, qos } = message;
      if (filters.some((filter) => topicMatches(filter, topic))) {
        await untilAborted(deliver(topic, payload, qos), topic, signal);
      }
      for (const listener of listeners) listener(message);
    },
    inject: (topic, payload, { qos = 1 } = {}) => deliver(topic, payload, qos),
    onPublish(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Waits no longer when the caller gives up; what was delivered stays delivered. */
function untilAborted<T>(work: Promise<T>, topic: string, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new LouverError('E_TRANSPORT', `publishing to ${topic} was given up`));
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
