import type { Aedes, Client } from 'aedes';
import type { Context } from '@louver/core';
import { maySubscribe } from './access-list.js';
import { internalsOf, type KeptPacket } from './aedes-internals.js';
import type { Entry, OpenedDatabase } from './broker-database.js';
import type { BrokerSettings } from './broker-options.js';
import { keepSessions, SEEN, SUBSCRIBED } from './kept-sessions.js';
import { keepWills, WILL, type LeftWill } from './kept-wills.js';
import { keepOfflineQueues, QUEUED } from './offline-queues.js';
import { keepRetained, RETAINED } from './retained-messages.js';
import type { Session } from './session.js';

/** What a broker keeps besides connections: retained messages, sessions, the messages queued for them, wills. */
export interface KeptState {
  /** Of clients that were connected when the last process ended. */
  readonly leftWills: readonly LeftWill[];
  /**
   * Keeps what is to be kept of a message before its sender is told so; the broker itself would do it afterwards, and a crash in between
   * would lose what was acknowledged. `undefined`: nothing is.
   */
  prepare(packet: KeptPacket): Promise<void> | undefined;
  /** Resolves when this QoS 2 message of a client is known and only its PUBREC was not; else rejects. */
  wasTaken(client: Client, packet: unknown): Promise<unknown>;
  left(clientId: string): void;
  expire(signal: AbortSignal): Promise<void>;
  /** Wills stay for the next start from now on. */
  freezeWills(): void;
  /** Why nothing that is kept would survive a restart now; else `undefined`. */
  readonly trouble: string | undefined;
  close(): Promise<void>;
}

/** Extends what the broker keeps in memory by bounds and by the database, and brings back what that has. */
export async function keepState(
  broker: Aedes,
  { database, entries }: OpenedDatabase,
  settings: BrokerSettings,
  context: Context,
  sessionOf: (client: Client) => Session | undefined,
): Promise<KeptState> {
  const internals = internalsOf(broker);
  const { persistence, id, clients } = internals;
  const { metrics } = context;
  const identityOf = (clientId: string) => {
    const client = clients[clientId];
    return client && sessionOf(client)?.identity;
  };

  const retained = keepRetained(persistence, database, settings.maxRetainedMessages, () =>
    metrics.count('broker_retained_dropped_total'),
  );
  const queues = keepOfflineQueues(
    { id, persistence, setCounter: (least) => (internals.counter = Math.max(internals.counter, least)) },
    database,
    { maxMessages: settings.maxOfflineMessages, maxBytes: settings.maxOfflineBytes },
    () => metrics.count('broker_offline_dropped_total'),
  );
  const sessions = keepSessions(internals, database, queues, settings, context, (clientId, topic) => {
    const identity = identityOf(clientId);
    return identity !== undefined && maySubscribe(identity, topic);
  });
  const wills = keepWills(persistence, database);

  const under = (prefix: string): readonly Entry[] => entries.filter(([key]) => key.startsWith(prefix));
  await retained.restore(under(RETAINED));
  await sessions.restore(under(SUBSCRIBED), under(SEEN));
  await queues.restore(under(QUEUED), sessions.ids);

  const prepareFor = async (packet: KeptPacket): Promise<void> => {
    const to = await persistence.subscriptionsByTopic(packet.topic);
    if (to.length === 0 && !packet.retain) return;
    // The broker's own copy of the message has the same number.
    Object.assign(packet, { brokerId: id, brokerCounter: ++internals.counter });
    if (packet.retain) retained.prepare(packet);
    if (to.length > 0) queues.prepare(to, packet);
    await database.written();
  };

  return {
    leftWills: wills.restore(under(WILL)),
    prepare: (packet) => (packet.retain || sessions.ids.size > 0 ? prepareFor(packet) : undefined),
    wasTaken: (client, packet) => persistence.incomingGetPacket(client, packet),
    left: (clientId) => sessions.left(clientId),
    expire: (signal) => sessions.expire(signal),
    freezeWills: () => wills.freeze(),
    get trouble() {
      return database.trouble;
    },
    close: () => database.close(),
  };
}
