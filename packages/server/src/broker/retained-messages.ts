import { Readable } from 'node:stream';
import type { Aedes } from 'aedes';

interface Retained {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** The part of the broker's persistence that keeps retained messages. */
interface RetainedStore {
  storeRetained(packet: Retained): Promise<void>;
  createRetainedStreamCombi(filters: readonly string[]): Readable;
}

/**
 * Bounds the retained messages, and finds those of a subscription without wildcards by their topic: the broker itself looks through all
 * of them for each, which takes 25 s when 10,000 devices with a retained status come back at once. Beyond `max` topics a new
 * one is not kept.
 */
export function indexRetainedMessages(broker: Aedes, max: number, onDropped: (topic: string) => void): void {
  const { persistence } = broker as Aedes & { readonly persistence: RetainedStore };
  const byTopic = new Map<string, Retained>();
  const store = persistence.storeRetained.bind(persistence);
  const scan = persistence.createRetainedStreamCombi.bind(persistence);

  persistence.storeRetained = async (packet) => {
    // An empty one clears [MQTT-3.3.1-10].
    if (packet.payload.length === 0) byTopic.delete(packet.topic);
    else if (byTopic.size >= max && !byTopic.has(packet.topic)) return onDropped(packet.topic);
    else byTopic.set(packet.topic, { ...packet });
    await store(packet);
  };
  persistence.createRetainedStreamCombi = (filters) => {
    if (filters.some((filter) => filter.includes('+') || filter.includes('#'))) return scan(filters);
    return Readable.from(filters.flatMap((filter) => byTopic.get(filter) ?? []));
  };
}
