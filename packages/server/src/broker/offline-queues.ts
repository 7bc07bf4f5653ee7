import { Readable } from 'node:stream';
import type { Addressed, AedesInternals, KeptPacket } from './aedes-internals.js';
import type { Entry } from './broker-database.js';
import { asLevel, decodePacket, encodePacket, fromLevel } from './kept-packet.js';
import { MAX_PREPARED } from './retained-messages.js';
import type { WriteBehind } from './write-behind.js';

export const QUEUED = 'q:';

export interface QueueBounds {
  /** Messages for one session. */
  readonly maxMessages: number;
  /** Payloads in all queues, in bytes. */
  readonly maxBytes: number;
}

export interface OfflineQueues {
  /** @param known sessions that there are; what was kept for others is removed */
  restore(entries: readonly Entry[], known: ReadonlySet<string>): Promise<void>;
  /** Queues a message before it is acknowledged: when the broker does it later, that is done already. */
  prepare(to: readonly Addressed[], packet: KeptPacket): void;
  /** Forgets what was kept for a session. */
  clear(clientId: string): Promise<void>;
}

interface Queue {
  count: number;
  bytes: number;
}

/**
 * Bounds what the broker keeps for a session (`clean: false`) whose client is away or does not acknowledge, and writes it down: the broker
 * itself would keep everything, for ever, in memory. Beyond the bounds the newest are dropped for that session, as MQTT brokers do.
 */
export function keepOfflineQueues(
  {
    persistence,
    id: brokerId,
    ...rest
  }: Pick<AedesInternals, 'id' | 'persistence'> & { readonly setCounter: (least: number) => void },
  database: WriteBehind,
  { maxMessages, maxBytes }: QueueBounds,
  onDropped: () => void,
): OfflineQueues {
  const queues = new Map<string, Queue>();
  const prepared = new Map<number, ReadonlySet<string>>();
  let bytes = 0;
  /** Of entries that are to be found again without a packet identifier: none that a client could use. */
  let mark = 0;
  const enqueue = persistence.outgoingEnqueueCombi.bind(persistence);
  const update = persistence.outgoingUpdate.bind(persistence);
  const clear = persistence.outgoingClearMessageId.bind(persistence);
  const stream = persistence.outgoingStream.bind(persistence);

  const add = ({ clientId }: Addressed, packet: KeptPacket): boolean => {
    const size = packet.payload.length;
    const queue = queues.get(clientId) ?? { count: 0, bytes: 0 };
    if (queue.count >= maxMessages || bytes + size > maxBytes) return false;
    queue.count++;
    queue.bytes += size;
    bytes += size;
    queues.set(clientId, queue);
    return true;
  };

  const remove = (clientId: string, packet: KeptPacket): void => {
    const queue = queues.get(clientId);
    if (queue === undefined) return;
    queue.bytes -= packet.payload.length;
    bytes -= packet.payload.length;
    if (--queue.count <= 0) queues.delete(clientId);
    database.drop(keyOf(clientId, packet));
  };

  const keep = (to: readonly Addressed[], packet: KeptPacket): Promise<void> => {
    const withRoom = to.filter((addressed) => {
      if (add(addressed, packet)) return true;
      onDropped();
      return false;
    });
    if (withRoom.length === 0) return Promise.resolve();
    const value = encodePacket(packet);
    for (const { clientId } of withRoom) database.set(keyOf(clientId, packet), value);
    return enqueue(withRoom, packet);
  };

  /** One entry, by its number: the broker itself finds by packet identifier only. */
  const clearEntry = async (client: { readonly id: string }, packet: KeptPacket): Promise<KeptPacket | undefined> => {
    const messageId = --mark;
    await update(client, { ...packet, messageId });
    return clear(client, { ...packet, messageId });
  };

  persistence.outgoingEnqueueCombi = async (to, packet) => {
    const number = packet.brokerCounter ?? 0;
    const done = prepared.get(number);
    prepared.delete(number);
    // Who has subscribed since then is not among those.
    const others = done === undefined ? to : to.filter(({ clientId }) => !done.has(clientId));
    if (others.length === 0) return;
    await keep(others, packet);
    await database.written();
  };
  persistence.outgoingUpdate = async (client, packet) => {
    // Instead of PUBREL the message is sent again after a reconnect: its receiver knows the identifier, and the entry keeps its name.
    if (packet.cmd === 'pubrel') return;
    // What found no room in the queue is still handed to a client that is here.
    if (queues.has(client.id)) await update(client, packet).catch(() => undefined);
  };
  persistence.outgoingClearMessageId = async (client, packet) => {
    if (!queues.has(client.id)) return undefined;
    let cleared: KeptPacket | undefined;
    if (packet.messageId !== undefined) cleared = await clear(client, packet);
    // Without an identifier the broker would remove just any: it means one that this client may not read.
    else cleared = await clearEntry(client, packet).catch(() => undefined);
    if (cleared !== undefined) remove(client.id, cleared);
    return cleared;
  };
  persistence.outgoingStream = (client) => (queues.has(client.id) ? marked(stream(client)) : Readable.from([]));

  return {
    async restore(entries, known) {
      for (const [key, value] of entries) {
        const [, level = '', number = ''] = key.split(':');
        const clientId = fromLevel(level);
        const brokerCounter = Number(number);
        const packet = decodePacket(value);
        const isOurs = packet !== undefined && known.has(clientId) && brokerCounter > 0;
        if (!isOurs || !add({ clientId }, packet)) database.set(key, undefined);
        // Whether it was sent before is not known: it may have been.
        else await enqueue([{ clientId }], { ...packet, dup: true, brokerId, brokerCounter });
        rest.setCounter(brokerCounter);
      }
    },
    prepare(to, packet) {
      if (prepared.size >= MAX_PREPARED) prepared.clear();
      prepared.set(packet.brokerCounter!, new Set(to.map(({ clientId }) => clientId)));
      void keep(to, packet);
    },
    async clear(clientId) {
      if (!queues.has(clientId)) return;
      for await (const packet of stream({ id: clientId }) as AsyncIterable<KeptPacket>) {
        const cleared = await clearEntry({ id: clientId }, packet);
        if (cleared !== undefined) remove(clientId, cleared);
      }
    },
  };
}

/** What was sent before is sent again as such [MQTT-3.3.1-1]. */
function marked(packets: Readable): Readable {
  return Readable.from(
    (async function* () {
      for await (const packet of packets as AsyncIterable<KeptPacket>) {
        yield packet.messageId === undefined ? packet : Object.assign(packet, { dup: true });
      }
    })(),
  );
}

function keyOf(clientId: string, { brokerCounter = 0 }: KeptPacket): string {
  return `${QUEUED}${asLevel(clientId)}:${String(brokerCounter).padStart(16, '0')}`;
}
