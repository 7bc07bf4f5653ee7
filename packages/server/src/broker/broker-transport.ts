import type { Socket } from 'node:net';
import { Aedes, type AedesOptions, type Client } from 'aedes';
import {
  LouverError,
  type Context,
  type Health,
  type OutboundMessage,
  type ReceiveOptions,
  type Transport,
} from '@louver/core';
import { mayPublish } from './access-list.js';
import { brokerSettings, type BrokerTransportOptions } from './broker-options.js';
import { gatekeeper, watchConnections } from './gatekeeper.js';
import { intake, type Intake } from './intake.js';
import { bindListener, type Listener } from './listener.js';
import { boundOfflineQueues } from './offline-queues.js';
import { packetGate } from './packet-gate.js';
import { endRevoked } from './revocation.js';
import { indexRetainedMessages } from './retained-messages.js';
import { newSession, type Session, type Sessions } from './session.js';
import { topicFilters } from './topic-filters.js';

/** CONNECT with a will, a name and a password of 64 KiB each, and the client id. */
const CONNECT_LIMIT_BYTES = 320 * 1024;
/** Enough for two recordings of 2 s behind one that waits, so that a PINGREQ after them is seen. */
const READ_AHEAD_BYTES = 256 * 1024;
/** Messages without room, over all clients. Each connection adds one read (64 KiB) at the most before its gate is held. */
const MAX_WAITING = 16_384;
const MAX_TOPIC_LEVELS = 16;

type PublishHook = NonNullable<AedesOptions['authorizePublish']>;

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
  let context: Context;
  let broker: Aedes | undefined;
  let listener: Listener | undefined;
  let inbox: Intake;
  let wanted: ((topic: string) => boolean) | undefined;
  let state: 'closed' | 'open' | 'receiving' | 'ended' = 'closed';
  let port = settings.port;

  const sessionOf = (client: Client): Session | undefined => sessions.get(client.conn);

  const fullForMs = (): number => (inbox.fullSinceMs === undefined ? 0 : context.clock.now() - inbox.fullSinceMs);

  const accept = (socket: Socket): void => {
    const address = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`;
    const gate = packetGate(socket, {
      connectLimitBytes: Math.min(CONNECT_LIMIT_BYTES, settings.maxPacketBytes),
      packetLimitBytes: settings.maxPacketBytes,
      readAheadBytes: READ_AHEAD_BYTES,
      onRefused: (reason) => {
        context.metrics.count('broker_refused_packets_total');
        context.logger.warn('broker ended a connection', { address, reason });
      },
    });
    sessions.set(gate.stream, newSession(gate, address));
    broker!.handle(gate.stream);
  };

  /** A last will: its client is gone, so there is nobody to give it back to and nothing to hold. */
  const takeWill: PublishHook = (client, packet, done) => {
    if (state !== 'receiving') return done(new Error('the broker is closing'));
    const message = incoming(packet);
    const settlement = {
      acked: () => done(null),
      nacked: () => {
        context.metrics.count('broker_lost_wills_total');
        done(null);
      },
    };
    if (!inbox.offer(message, settlement)) inbox.wait(message, settlement, 'clients', () => undefined);
  };

  const takeHeld = (session: Session, client: Client, packet: Parameters<PublishHook>[1], done: () => void): void => {
    const message = incoming(packet);
    const settlement = {
      acked: session.order.enter(() => {
        if (!client.closed) done();
      }),
      // 3.1.1 has no negative acknowledgement: the client sends again when it comes back.
      nacked: (cause: LouverError) => {
        context.logger.warn('broker returned a message', {
          clientId: client.id,
          topic: packet.topic,
          reason: cause.message,
        });
        client.close();
      },
    };
    if (inbox.offer(message, settlement)) return;
    if (inbox.waiting >= MAX_WAITING) return client.close();
    context.metrics.count('broker_held_total');
    session.waiting++;
    session.gate.hold();
    inbox.wait(message, settlement, 'clients', () => {
      if (--session.waiting === 0) session.gate.release();
    });
  };

  /** Runs before PUBACK and before the message is kept or handed on: the only place where acknowledging can wait. */
  const authorizePublish: PublishHook = (client, packet, done) => {
    const session = client && sessionOf(client);
    if (!client || !session) return done(new Error('unknown connection'));
    if (!mayPublish(session.identity, packet.topic)) {
      context.metrics.count('broker_refused_publishes_total');
      context.logger.warn('broker refused a message', {
        clientId: client.id,
        username: session.identity.name,
        topic: packet.topic,
      });
      return done(new Error(`not allowed to publish to ${packet.topic}`));
    }
    const concerns = wanted?.(packet.topic) ?? false;
    if (client.closed) return concerns ? takeWill(client, packet, done) : done(null);
    if (packet.qos === 0) {
      if (concerns && !inbox.offer(incoming(packet), ignored)) context.metrics.count('broker_shed_total');
      return done(null);
    }
    if (concerns) return takeHeld(session, client, packet, () => done(null));
    if (session.order.idle) return done(null);
    session.order.enter(() => {
      if (!client.closed) done(null);
    })();
  };

  /** Delivers an own publish to `receive` and waits until it is durable, but not for ever: control outlives storage. */
  const echo = async (message: OutboundMessage): Promise<void> => {
    if (state !== 'receiving') {
      throw new LouverError('E_TRANSPORT', `${message.topic} cannot be logged: nobody receives`);
    }
    const waiting = new AbortController();
    const durable = new Promise<'durable' | 'returned'>((resolve) => {
      const settlement = { acked: () => resolve('durable'), nacked: () => resolve('returned') };
      const own = { ...message, payload: bytesOf(message.payload), retained: false };
      if (inbox.offer(own, settlement)) return;
      if (inbox.waiting >= MAX_WAITING) resolve('returned');
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
    get port() {
      return port;
    },

    async open(given) {
      context = given;
      inbox = intake(context.clock);
      listener = await bindListener({
        ...settings,
        onDropped: () => context.metrics.count('broker_dropped_connections_total'),
      });
      port = listener.port;
      broker = await Aedes.createBroker({
        drainTimeout: settings.drainTimeoutMs,
        connectTimeout: 10_000,
        maxTopicLevels: MAX_TOPIC_LEVELS,
        ...gatekeeper({
          settings,
          context,
          sessionOf,
          overloaded: () => fullForMs() >= settings.refuseAfterMs,
        }),
        authorizePublish,
      });
      watchConnections(broker, context, sessionOf);
      boundOfflineQueues(broker, settings.maxOfflineMessages, () =>
        context.metrics.count('broker_offline_dropped_total'),
      );
      indexRetainedMessages(broker, settings.maxRetainedMessages, () =>
        context.metrics.count('broker_retained_dropped_total'),
      );
      state = 'open';
    },

    async *receive(filters: readonly string[], { maxUnsettled, signal }: ReceiveOptions) {
      if (state !== 'open' || !listener) throw new LouverError('E_NOT_OPEN', `broker: receive() in state ${state}`);
      state = 'receiving';
      wanted = topicFilters(filters);
      inbox.bound(maxUnsettled);
      listener.serve(accept);
      if (settings.isValid) void endRevoked(broker!, settings.isValid, sessionOf, context, signal);
      try {
        while (!signal.aborted) {
          const batch = await inbox.next(signal);
          if (batch.length > 0) yield batch;
        }
      } finally {
        if (state === 'receiving') state = 'ended';
        inbox.end();
      }
    },

    async publish(message, signal) {
      if (!broker || state === 'closed')
        throw new LouverError('E_NOT_OPEN', 'broker: publish() before open or after close');
      if (signal?.aborted) throw new LouverError('E_TRANSPORT', `publishing to ${message.topic} was given up`);
      if (!wanted || wanted(message.topic)) await echo(message);
      const { topic, qos, retain = false } = message;
      const payload = Buffer.from(bytesOf(message.payload));
      await new Promise<void>((resolve, reject) => {
        broker!.publish({ cmd: 'publish', dup: false, topic, payload, qos, retain }, (error) =>
          error ? reject(LouverError.from(error, 'E_TRANSPORT')) : resolve(),
        );
      });
    },

    health(): Health {
      if (state === 'ended' || state === 'closed') return { ok: false, reason: 'the broker is closed' };
      const fullMs = fullForMs();
      if (fullMs < settings.refuseAfterMs) return { ok: true };
      return { ok: false, reason: `${inbox.waiting} messages wait for room since ${Math.round(fullMs / 1000)} s` };
    },

    async close() {
      if (state === 'closed') return;
      state = 'closed';
      const closing = broker;
      broker = undefined;
      await new Promise<void>((resolve) => (closing ? closing.close(resolve) : resolve()));
      await listener?.close();
      listener = undefined;
    },
  };
}

/** QoS 0: nobody waits for the outcome. */
const ignored = { acked: () => undefined, nacked: () => undefined };

function incoming({ topic, payload, qos }: Parameters<PublishHook>[1]): {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retained: false;
} {
  // To the pipeline nothing comes retained from a broker that is itself: it sees every message when it happens.
  return { topic, payload: bytesOf(payload), qos, retained: false };
}

function bytesOf(payload: Uint8Array | string): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}
