import type { Context } from '@louver/core';
import type { AedesInternals, Filter } from './aedes-internals.js';
import type { Entry } from './broker-database.js';
import { asLevel, fromLevel } from './kept-packet.js';
import type { OfflineQueues } from './offline-queues.js';
import type { WriteBehind } from './write-behind.js';

export const SUBSCRIBED = 's:';
export const SEEN = 'l:';

const SWEEP_MS = 3_600_000;

export interface SessionBounds {
  readonly maxSessions: number;
  /** Away for longer than this, a session is forgotten. */
  readonly maxAwayMs: number;
}

export interface KeptSessions {
  /** Client ids with subscriptions that outlive the connection. */
  readonly ids: ReadonlySet<string>;
  restore(subscriptions: readonly Entry[], seen: readonly Entry[]): Promise<void>;
  /** The client of a session has gone. */
  left(clientId: string): void;
  /** Forgets, each hour, the sessions that have been away for too long, until `signal` aborts. */
  expire(signal: AbortSignal): Promise<void>;
}

/** Writes down the subscriptions of sessions (`clean: false`), and bounds how many there are and how long they may be away. */
export function keepSessions(
  { persistence, clients }: Pick<AedesInternals, 'persistence' | 'clients'>,
  database: WriteBehind,
  queues: Pick<OfflineQueues, 'clear'>,
  { maxSessions, maxAwayMs }: SessionBounds,
  { clock, metrics }: Context,
  maySubscribe: (clientId: string, topic: string) => boolean,
): KeptSessions {
  /** In the order in which their clients were last here. */
  const seenMs = new Map<string, number>();
  const ids = new Set<string>();
  const add = persistence.addSubscriptions.bind(persistence);
  const remove = persistence.removeSubscriptions.bind(persistence);
  const clean = persistence.cleanSubscriptions.bind(persistence);

  const see = (clientId: string): void => {
    seenMs.delete(clientId);
    seenMs.set(clientId, clock.now());
    database.set(SEEN + asLevel(clientId), Buffer.from(String(clock.now())));
  };

  const forget = (clientId: string): void => {
    seenMs.delete(clientId);
    ids.delete(clientId);
    database.set(SEEN + asLevel(clientId), undefined);
  };

  const drop = async (clientId: string): Promise<void> => {
    for (const { topic } of await persistence.subscriptionsByClient({ id: clientId })) {
      database.set(subscriptionKey(clientId, topic), undefined);
    }
    if (ids.has(clientId)) forget(clientId);
    await clean({ id: clientId });
    await queues.clear(clientId);
  };

  const end = async (clientId: string): Promise<void> => {
    metrics.count('broker_expired_sessions_total');
    await drop(clientId);
  };

  persistence.addSubscriptions = async (client, filters) => {
    const allowed = filters.filter(({ topic }) => maySubscribe(client.id, topic));
    if (allowed.length === 0) return;
    if (!ids.has(client.id) && ids.size >= maxSessions) {
      const longestAway = [...seenMs.keys()].find((id) => clients[id] === undefined);
      if (longestAway !== undefined) await end(longestAway);
    }
    ids.add(client.id);
    see(client.id);
    for (const { topic, qos } of allowed) database.set(subscriptionKey(client.id, topic), Buffer.from(String(qos)));
    await add(client, allowed);
    await database.written();
  };
  persistence.removeSubscriptions = async (client, topics) => {
    for (const topic of topics) database.set(subscriptionKey(client.id, topic), undefined);
    await remove(client, topics);
    if ((await persistence.subscriptionsByClient(client)).length === 0) forget(client.id);
    await database.written();
  };
  // Asked for with each clean connection: what an earlier session left behind ends with it.
  persistence.cleanSubscriptions = ({ id }) => (ids.has(id) ? drop(id) : Promise.resolve());

  return {
    ids,
    async restore(subscriptions, seen) {
      for (const [key, value] of subscriptions) {
        const [clientId, topic] = parseKey(key);
        const qos = Number(Buffer.from(value).toString());
        if (qos !== 0 && qos !== 1 && qos !== 2) {
          database.set(key, undefined);
          continue;
        }
        ids.add(clientId);
        await add({ id: clientId }, [{ topic, qos } satisfies Filter]);
      }
      const times = new Map(
        seen.map(([key, value]) => [fromLevel(key.slice(SEEN.length)), Number(Buffer.from(value))]),
      );
      const now = clock.now();
      const known = [...ids].map((id): [string, number] => [id, Math.min(now, times.get(id) || now)]);
      for (const [id, atMs] of known.sort(([, a], [, b]) => a - b)) seenMs.set(id, atMs);
      for (const [key] of seen) if (!ids.has(fromLevel(key.slice(SEEN.length)))) database.set(key, undefined);
    },
    left(clientId) {
      if (ids.has(clientId)) see(clientId);
    },
    async expire(signal) {
      for (;;) {
        // First after an hour: whoever could not come while the server was away has that long.
        await clock.sleep(SWEEP_MS, signal);
        if (signal.aborted) return;
        for (const [id, atMs] of seenMs) {
          if (clock.now() - atMs > maxAwayMs && clients[id] === undefined) await end(id);
        }
      }
    },
  };
}

function subscriptionKey(clientId: string, topic: string): string {
  return `${SUBSCRIBED}${asLevel(clientId)}:${topic}`;
}

function parseKey(key: string): [clientId: string, topic: string] {
  const end = key.indexOf(':', SUBSCRIBED.length);
  return [fromLevel(key.slice(SUBSCRIBED.length, end)), key.slice(end + 1)];
}
