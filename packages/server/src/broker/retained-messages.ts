import { Readable } from 'node:stream';
import type { KeptPacket, Persistence } from './aedes-internals.js';
import type { Entry } from './broker-database.js';
import { decodePacket, encodePacket } from './kept-packet.js';
import type { WriteBehind } from './write-behind.js';

export const RETAINED = 'r:';

/** Far more than are between the two steps at a time: what is left over belongs to clients that went away in between. */
export const MAX_PREPARED = 65_536;

export interface RetainedMessages {
  restore(entries: readonly Entry[]): Promise<void>;
  /** Keeps one before it is acknowledged: when the broker stores it later, that is done already. */
  prepare(packet: KeptPacket): void;
}

/**
 * Bounds the retained messages, writes them down, and finds those of a subscription without wildcards by their topic: the broker itself
 * looks through all of them for each, which takes 25 s when 10,000 devices with a retained status come back at once. Beyond `max`
 * topics a new one is not kept.
 */
export function keepRetained(
  persistence: Persistence,
  database: WriteBehind,
  max: number,
  onDropped: (topic: string) => void,
): RetainedMessages {
  const byTopic = new Map<string, KeptPacket>();
  const prepared = new Set<number>();
  const store = persistence.storeRetained.bind(persistence);
  const scan = persistence.createRetainedStreamCombi.bind(persistence);

  const keep = (packet: KeptPacket): Promise<void> | undefined => {
    const key = RETAINED + packet.topic;
    // An empty one clears [MQTT-3.3.1-10].
    if (packet.payload.length === 0) {
      if (byTopic.delete(packet.topic)) database.set(key, undefined);
    } else {
      if (byTopic.size >= max && !byTopic.has(packet.topic)) {
        onDropped(packet.topic);
        return undefined;
      }
      // A copy: a few bytes would hold on to everything that was read with them.
      const own = { ...packet, payload: Buffer.from(packet.payload) };
      byTopic.set(packet.topic, own);
      database.set(key, encodePacket(own));
      return store(own);
    }
    return store(packet);
  };

  persistence.storeRetained = async (packet) => {
    if (prepared.delete(packet.brokerCounter ?? 0)) return;
    await keep(packet);
    // Nobody is told of QoS 0.
    if (packet.qos > 0) await database.written();
  };
  persistence.createRetainedStreamCombi = (filters) => {
    if (filters.some((filter) => filter.includes('+') || filter.includes('#'))) return scan(filters);
    return Readable.from(filters.flatMap((filter) => byTopic.get(filter) ?? []));
  };
  return {
    async restore(entries) {
      for (const [key, value] of entries) {
        const packet = decodePacket(value);
        if (packet === undefined || byTopic.size >= max) database.set(key, undefined);
        else {
          byTopic.set(packet.topic, packet);
          await store({ ...packet, retain: true });
        }
      }
    },
    prepare(packet) {
      if (prepared.size >= MAX_PREPARED) prepared.clear();
      prepared.add(packet.brokerCounter!);
      void keep(packet);
    },
  };
}
