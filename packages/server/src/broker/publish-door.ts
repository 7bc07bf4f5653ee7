import type { AedesOptions, Client } from 'aedes';
import type { Context, LouverError } from '@louver/core';
import { mayPublish } from './access-list.js';
import type { KeptPacket } from './aedes-internals.js';
import type { Incoming, Intake } from './intake.js';
import type { KeptState } from './kept-state.js';
import type { Session } from './session.js';

const REFUSED = { kind: 'unknown', result: 'refused' };

export type PublishHook = NonNullable<AedesOptions['authorizePublish']>;
type Packet = Parameters<PublishHook>[1];

export interface PublishDoorParts {
  readonly context: Context;
  readonly inbox: Intake;
  readonly kept: KeptState;
  /** Whether a message is to be delivered. */
  readonly concerns: (topic: string) => boolean;
  readonly receiving: () => boolean;
  /** A QoS 0 message found no room. */
  readonly onShed: () => void;
  readonly sessionOf: (client: Client) => Session | undefined;
}

/**
 * What every message of a client goes through. It runs before PUBACK (and PUBREC) and before the message is handed on: the only place where
 * acknowledging can wait, for the delivery, and for what the broker itself has to keep.
 */
export function publishDoor({
  context,
  inbox,
  kept,
  concerns,
  receiving,
  onShed,
  sessionOf,
}: PublishDoorParts): PublishHook {
  const { metrics, logger } = context;

  /** A last will: its client is gone, so there is nobody to give it back to and nothing to hold. */
  const takeWill = (packet: Packet, done: (error: null) => void): void => {
    const message = incoming(packet);
    const settlement = {
      acked: () => done(null),
      nacked: () => {
        metrics.count('broker_lost_wills_total');
        done(null);
      },
    };
    if (!inbox.offer(message, settlement)) inbox.wait(message, settlement, 'clients', () => undefined);
  };

  /** In its turn, a message is kept, and in the same order acknowledged. */
  const keepInOrder = (session: Session, client: Client, packet: Packet, done: () => void): void => {
    if (client.closed) return;
    const keeping = kept.prepare(packet as unknown as KeptPacket);
    if (keeping === undefined && session.keptOrder.idle) return done();
    const turn = session.keptOrder.enter(() => {
      if (!client.closed) done();
    });
    if (keeping === undefined) turn();
    else keeping.then(turn, turn);
  };

  const takeHeld = (session: Session, client: Client, packet: Packet, done: () => void): void => {
    const message = incoming(packet);
    const settlement = {
      acked: session.order.enter(() => keepInOrder(session, client, packet, done)),
      // 3.1.1 has no negative acknowledgement: the client sends again when it comes back.
      nacked: (cause: LouverError) => {
        logger.warn('broker returned a message', {
          clientId: client.id,
          topic: packet.topic,
          reason: cause.message,
        });
        client.close();
      },
    };
    if (inbox.offer(message, settlement)) return;
    metrics.count('broker_held_total');
    session.waiting++;
    session.gate.hold();
    inbox.wait(message, settlement, 'clients', () => {
      if (--session.waiting === 0) session.gate.release();
    });
  };

  const take = (session: Session, client: Client, packet: Packet, done: () => void): void => {
    if (concerns(packet.topic)) return takeHeld(session, client, packet, done);
    if (session.order.idle) return keepInOrder(session, client, packet, done);
    session.order.enter(() => keepInOrder(session, client, packet, done))();
  };

  const refused = (): void => {
    metrics.count('broker_refused_publishes_total');
    metrics.count('messages_total', REFUSED);
  };

  return (client, packet, done) => {
    const session = client && sessionOf(client);
    if (!client || !session) return done(new Error('unknown connection'));
    if (!isPossible(packet.topic)) {
      refused();
      logger.warn('broker refused a message, its topic is no text', {
        clientId: client.id,
        username: session.identity.name,
      });
      return done(new Error('topic is not UTF-8'));
    }
    if (!mayPublish(session.identity, packet.topic)) {
      refused();
      logger.warn('broker refused a message', {
        clientId: client.id,
        username: session.identity.name,
        topic: packet.topic,
      });
      return done(new Error(`not allowed to publish to ${packet.topic}`));
    }
    const wanted = concerns(packet.topic);
    if (client.closed) {
      if (!receiving()) return done(new Error('the broker is closing'));
      return wanted ? takeWill(packet, done) : done(null);
    }
    const proceed = (): void => done(null);
    if (packet.qos === 0) {
      if (wanted && !inbox.offer(incoming(packet), ignored)) onShed();
      return done(null);
    }
    if (packet.qos === 1 || !packet.dup) return take(session, client, packet, proceed);
    // One that was taken and whose PUBREC got lost [MQTT-4.3.3-2]: the broker answers it by itself.
    kept.wasTaken(client, packet).then(proceed, () => take(session, client, packet, proceed));
  };
}

/** More than fits into a packet: bytes that were no UTF-8 [MQTT-1.5.3-1] have become three each. */
const MAX_TOPIC_BYTES = 0xffff;

function isPossible(topic: string): boolean {
  return topic.length * 3 <= MAX_TOPIC_BYTES || Buffer.byteLength(topic) <= MAX_TOPIC_BYTES;
}

/** QoS 0: nobody waits for the outcome. */
const ignored = { acked: () => undefined, nacked: () => undefined };

/** To the pipeline nothing comes retained from a broker that is itself: it sees every message when it happens. */
export function incoming({ topic, payload, qos, dup }: Pick<Packet, 'topic' | 'payload' | 'qos' | 'dup'>): Incoming {
  return { topic, payload: bytesOf(payload), qos, dup, retained: false };
}

export function bytesOf(payload: Uint8Array | string): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}
