import type { Aedes } from 'aedes';

interface Addressed {
  readonly clientId: string;
}

/** The part of the broker's persistence that keeps messages for sessions that are away. */
interface OutgoingQueues {
  outgoingEnqueueCombi(subscriptions: readonly Addressed[], packet: unknown): Promise<void>;
  outgoingClearMessageId(client: { readonly id: string }, packet: unknown): Promise<unknown>;
}

/**
 * Bounds what the broker keeps for a session (`clean: false`) whose client is away or does not acknowledge: the broker itself would
 * keep everything, for ever. Beyond `maxPerSession` messages the newest are dropped for that session, as MQTT brokers do.
 */
export function boundOfflineQueues(broker: Aedes, maxPerSession: number, onDropped: (clientId: string) => void): void {
  const { persistence } = broker as Aedes & { readonly persistence: OutgoingQueues };
  const kept = new Map<string, number>();
  const enqueue = persistence.outgoingEnqueueCombi.bind(persistence);
  const clear = persistence.outgoingClearMessageId.bind(persistence);

  persistence.outgoingEnqueueCombi = (subscriptions, packet) => {
    const withRoom = subscriptions.filter(({ clientId }) => {
      const count = kept.get(clientId) ?? 0;
      if (count >= maxPerSession) {
        onDropped(clientId);
        return false;
      }
      kept.set(clientId, count + 1);
      return true;
    });
    return enqueue(withRoom, packet);
  };
  persistence.outgoingClearMessageId = async (client, packet) => {
    const cleared = await clear(client, packet);
    if (cleared !== undefined) {
      const count = (kept.get(client.id) ?? 1) - 1;
      if (count > 0) kept.set(client.id, count);
      else kept.delete(client.id);
    }
    return cleared;
  };
}
