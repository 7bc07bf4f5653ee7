import type { Socket } from 'node:net';
import { Aedes, type Client } from 'aedes';
import {
  LouverError,
  type Context,
  type Health,
  type OutboundMessage,
  type ReceiveOptions,
  type Transport,
} from '@louver/core';
import { internalsOf } from './aedes-internals.js';
import { openBrokerDatabase } from './broker-database.js';
import { brokerSettings, type BrokerTransportOptions } from './broker-options.js';
import { deliverOnce } from './deliver-once.js';
import { fanOutWithoutWaiting } from './fan-out.js';
import { gatekeeper, watchConnections } from './gatekeeper.js';
import { intake, type Intake } from './intake.js';
import { keepState, type KeptState } from './kept-state.js';
import { bindListener, type Listener } from './listener.js';
import { backlogBudget } from './outbound.js';
import { packetGate } from './packet-gate.js';
import { bytesOf, incoming, publishDoor, type PublishHook } from './publish-door.js';
import { endRevoked } from './revocation.js';
import { newSession, type Session, type Sessions } from './session.js';
import { shedLog } from './shed-log.js';
import { topicFilters } from './topic-filters.js';
import { inMemoryOnly } from './write-behind.js';

/** CONNECT with a will, a name and a password of 64 KiB each, and the client id. */
const CONNECT_LIMIT_BYTES = 320 * 1024;
/** Enough for two recordings of 2 s behind one that waits, so that a PINGREQ after them is seen. */
const READ_AHEAD_BYTES = 256 * 1024;
const MAX_TOPIC_LEVELS = 16;

/** Slow clients are cut off at the gate, by what they take. */
const NEVER_MS = 2 ** 31 - 1;
/** After so long without room for deliveries `health` says so. */
const TELL_AFTER_MS = 5_000;
const NOTHING_KEPT = { database: inMemoryOnly, entries: [] };

type OutgoingMessage = Pick<OutboundMessage, 'topic' | 'payload' | 'retain'> & { readonly qos: 0 | 1 | 2 };

export interface BrokerTransport extends Transport {
  /** The port in use: known after `open`, also when 0 was asked for. */
  readonly port: number;
}

/**
 * An MQTT 3.1.1 broker inside the process, as a transport: what clients publish and the filters of `receive` match is acknowledged to
 * them only when its delivery is. `open` takes the port and rejects with `E_CONFIG` when it cannot; clients are served from
 * `receive` on. Subscribers get a message once it is durable; QoS 0 at once. Own publishes that match the filters are delivered to
 * `receive` like any other and go out after that (bounded by `echoTimeoutMs`), so that a command is in the log before it is obeyed.
 */
export function brokerTransport(options: BrokerTransportOptions = {}): BrokerTransport {
  const settings = brokerSettings(options);
  const sessions: Sessions = new WeakMap();
  const backlog = backlogBudget(settings.maxBacklogBytes);
  let context: Context;
  let broker: Aedes | undefined;
  let listener: Listener | undefined;
  let inbox: Intake;
  let kept: KeptState | undefined;
  let door: PublishHook;
  let wanted: ((topic: string) => boolean) | undefined;
  let state: 'closed' | 'open' | 'receiving' | 'ended' = 'closed';
  let port = settings.port;
  const closed = new AbortController();

  const sessionOf = (client: Client): Session | undefined => sessions.get(client.conn);

  const fullForMs = (): number => (inbox.fullSinceMs === undefined ? 0 : context.clock.now() - inbox.fullSinceMs);

  const accept = (socket: Socket): void => {
    const address = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`;
    const gate = packetGate(socket, {
      connectLimitBytes: Math.min(CONNECT_LIMIT_BYTES, settings.maxPacketBytes),
      packetLimitBytes: settings.maxPacketBytes,
      readAheadBytes: READ_AHEAD_BYTES,
      drainTimeoutMs: settings.drainTimeoutMs,
      backlog,
      crowded: () => inbox.crowded(),
      onRefused: (reason) => {
        context.metrics.count('broker_refused_packets_total');
        context.logger.warn('broker ended a connection', { address, reason });
      },
    });
    sessions.set(gate.stream, newSession(gate, address));
    deliverOnce(broker!.handle(gate.stream));
  };

  const authorizePublish: PublishHook = (client, packet, done) => door(client, packet, done);

  /** What clients left behind that were connected when the last process ended, as if it had happened now. */
  const carryOutWills = async (): Promise<void> => {
    for (const { packet, done } of kept!.leftWills) {
      await send(packet);
      if (!wanted!(packet.topic)) {
        done();
        continue;
      }
      const message = incoming({ ...packet, payload: Buffer.from(packet.payload), dup: false });
      const settlement = { acked: done, nacked: () => undefined };
      if (!inbox.offer(message, settlement)) inbox.wait(message, settlement, 'clients', () => undefined);
    }
  };

  const send = ({ topic, payload, qos, retain = false }: OutgoingMessage): Promise<void> =>
    new Promise((resolve, reject) => {
      const packet = {
        cmd: 'publish',
        dup: false,
        topic,
        payload: Buffer.from(bytesOf(payload)),
        qos,
        retain,
      } as const;
      broker!.publish(packet, (error) => (error ? reject(LouverError.from(error, 'E_TRANSPORT')) : resolve()));
    });

  /** Delivers an own publish to `receive` and waits until it is durable, but not for ever: control outlives storage. */
  const echo = async (message: OutboundMessage): Promise<void> => {
    if (state !== 'receiving') {
      throw new LouverError('E_TRANSPORT', `${message.topic} cannot be logged: nobody receives`);
    }
    const waiting = new AbortController();
    const durable = new Promise<'durable' | 'returned'>((resolve) => {
      const settlement = { acked: () => resolve('durable'), nacked: () => resolve('returned') };
      const own = { ...message, payload: bytesOf(message.payload), retained: false, own: true };
      if (inbox.offer(own, settlement)) return;
      if (inbox.crowded()) resolve('returned');
      else inbox.wait(own, settlement, 'own', () => undefined);
    });
    const late = context.clock.sleep(settings.echoTimeoutMs, waiting.signal).then(() => 'late' as const);
    const outcome = await Promise.race([durable, late]);
    waiting.abort();
    if (outcome === 'durable') return;
    context.metrics.count('broker_unlogged_publishes_total', { outcome });
    context.logger.warn('own message goes out before it is durable', { topic: message.topic, outcome });
  };

  return {
    name: 'broker',
    direct: true,
    get port() {
      return port;
    },

    async open(given) {
      context = given;
      inbox = intake(context.clock, settings.maxWaitingBytes);
      const { persistence } = settings;
      const opened = persistence ? await openBrokerDatabase(persistence.directory, context) : NOTHING_KEPT;
      try {
        listener = await bindListener({
          ...settings,
          onDropped: () => context.metrics.count('broker_dropped_connections_total'),
        });
      } catch (error) {
        await opened.database.close();
        throw error;
      }
      port = listener.port;
      broker = await Aedes.createBroker({
        drainTimeout: NEVER_MS,
        connectTimeout: 10_000,
        maxTopicLevels: MAX_TOPIC_LEVELS,
        ...gatekeeper({ settings, context, sessionOf, crowded: () => inbox.crowded() }),
        authorizePublish,
      });
      fanOutWithoutWaiting(internalsOf(broker).mq);
      kept = await keepState(broker, opened, settings, context, sessionOf);
      watchConnections(broker, context, sessionOf, kept.left);
      door = publishDoor({
        context,
        inbox,
        kept,
        concerns: (topic) => wanted?.(topic) ?? false,
        receiving: () => state === 'receiving',
        onShed: shedLog(context, () => inbox.fullSinceMs === undefined, closed.signal),
        sessionOf,
      });
      state = 'open';
    },

    async *receive(filters: readonly string[], { maxUnsettled, signal }: ReceiveOptions) {
      if (state !== 'open' || !listener) throw new LouverError('E_NOT_OPEN', `broker: receive() in state ${state}`);
      state = 'receiving';
      wanted = topicFilters(filters);
      inbox.bound(maxUnsettled);
      // Before anybody comes back: what a client says then is newer than its will.
      await carryOutWills();
      listener.serve(accept);
      void kept!.expire(signal);
      if (settings.isValid) void endRevoked(broker!, settings.isValid, sessionOf, context, signal);
      try {
        while (!signal.aborted) {
          const batch = await inbox.next(signal);
          if (batch.length > 0) yield batch;
        }
      } finally {
        if (state === 'receiving') state = 'ended';
        // Those who are connected could not say goodbye: their wills stay for the next start.
        kept!.freezeWills();
        inbox.end();
      }
    },

    async publish(message, signal) {
      if (!broker || state === 'closed')
        throw new LouverError('E_NOT_OPEN', 'broker: publish() before open or after close');
      if (signal?.aborted) throw new LouverError('E_TRANSPORT', `publishing to ${message.topic} was given up`);
      if (!wanted || wanted(message.topic)) await echo(message);
      await send(message);
    },

    health(): Health {
      if (state === 'ended' || state === 'closed') return { ok: false, reason: 'the broker is closed' };
      const fullMs = fullForMs();
      const reasons = [
        ...(fullMs < TELL_AFTER_MS
          ? []
          : [`${inbox.waiting} messages wait for room since ${Math.round(fullMs / 1000)} s`]),
        ...(kept?.trouble === undefined ? [] : [kept.trouble]),
      ];
      return reasons.length === 0 ? { ok: true } : { ok: false, reason: reasons.join('; ') };
    },

    async close() {
      if (state === 'closed') return;
      state = 'closed';
      closed.abort();
      const closing = broker;
      broker = undefined;
      kept?.freezeWills();
      await new Promise<void>((resolve) => (closing ? closing.close(resolve) : resolve()));
      await kept?.close();
      await listener?.close();
      listener = undefined;
    },
  };
}
