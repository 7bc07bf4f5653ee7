import type { MqttClient } from 'mqtt';
import { LouverError } from '../errors.js';

/*
 * The only file that uses what MQTT.js does not promise: it replaces `handleMessage`, which MQTT.js calls for each PUBLISH before it sends
 * PUBACK, and writes PUBACK itself, all that are due at once. An error given to handleMessage's callback means: no PUBACK, read on.
 */
interface Internals {
  handleMessage(packet: PublishPacket, callback: (error?: Error) => void): void;
  readonly stream: { readonly destroyed: boolean; write(bytes: Uint8Array): unknown };
}

interface PublishPacket {
  readonly topic: string;
  readonly payload: Uint8Array | string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly messageId?: number;
}

export interface Arrival {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retained: boolean;
  readonly dup: boolean;
  /** Undefined: nothing to acknowledge. */
  readonly slot: AckSlot | undefined;
}

/** A PUBACK that is owed. */
export interface AckSlot {
  readonly messageId: number;
  settled: boolean;
}

/** `later`: there is no room, ask again at `resume`. `unwanted`: not taken, never acknowledged on this connection. */
export type Admission = 'taken' | 'later' | 'unwanted';

/** MQTT 3.1.1 has no Receive Maximum: a broker may send far more than may be open. */
const PARKED_MESSAGES = 1024;
const PARKED_BYTES = 8 * 1024 * 1024;

const DEFERRED = new Error('acknowledged later');
/** Topics that are known by heart, two for each of a few thousand devices, and how long they may be: 1 MiB in all. */
const KNOWN_TOPICS = 8192;
const KNOWN_TOPIC_LENGTH = 128;
/** Type, remaining length, message id: in MQTT 5 too, as long as there is nothing to complain of [MQTT-3.4.2-1]. */
const PUBACK_BYTES = 4;

/** @throws LouverError `E_CONFIG` when this release of MQTT.js lacks what is needed. */
export function assertInternals(mqtt: {
  readonly MqttClient?: { readonly prototype?: object; readonly VERSION?: string };
}): void {
  const prototype = (mqtt.MqttClient?.prototype ?? {}) as Partial<Internals>;
  if (typeof prototype.handleMessage === 'function') return;
  throw new LouverError(
    'E_CONFIG',
    `this release of mqtt (${mqtt.MqttClient?.VERSION ?? 'unknown'}) has no handleMessage, by which messages are ` +
      `acknowledged only when they are durable. Install a release that is known to have it: npm install mqtt@5.16.0.`,
  );
}

/**
 * Acknowledgements of one connection: sent in the order of receipt [MQTT-4.6.0-2], whatever the order of settling, and never after the
 * connection has ended.
 */
export class DeferredAcks {
  private readonly internals: Internals;
  private readonly topics = new Map<string, string>();
  private owed: AckSlot[] = [];
  private head = 0;
  private live = true;
  private refused = false;
  /** Something is due, and will be sent before this turn ends. */
  private flushing = false;
  /** Read ahead beyond the bound, in order: answers to what we publish come behind them. */
  private parked: Arrival[] = [];
  private parkedBytes = 0;
  /** There is no room for more: nothing behind this one is read, as long as we wait for nothing from the broker. */
  private held: { readonly arrival: Arrival; readonly callback: (error?: Error) => void } | undefined;

  /** The first that there was no room for while we waited for an answer: from it on nothing is taken. */
  private turnedAway: AckSlot | undefined;

  /** To be made in the same turn as the client: queued messages follow CONNACK at once. */
  constructor(
    client: MqttClient,
    private readonly admit: (arrival: Arrival) => Admission,
    private readonly onHold: (holding: boolean) => void,
    /** Something that we have sent is not answered yet. */
    private readonly awaitsAnswer: () => boolean,
    /** Everything is acknowledged that was taken before something was turned away. */
    private readonly onOverflow: () => void,
  ) {
    this.internals = client as unknown as Internals;
    this.internals.handleMessage = (packet, callback) => this.handle(packet, callback);
  }

  settle(slot: AckSlot): void {
    slot.settled = true;
    if (!this.live || this.flushing || this.owed[this.head]?.settled !== true) return;
    this.flushing = true;
    // What is settled together (one sync of the journal, one batch of rows) goes out in one write.
    process.nextTick(() => this.flush());
  }

  /** Sends what is due. */
  flush(): void {
    this.send();
    if (!this.live) return;
    if (this.turnedAway !== undefined && this.owed[this.head] === this.turnedAway) return this.onOverflow();
    if (this.head > 1024 && this.head * 2 > this.owed.length) {
      this.owed = this.owed.slice(this.head);
      this.head = 0;
    }
  }

  private send(): void {
    this.flushing = false;
    const { stream } = this.internals;
    // Gone, and we are not told yet: what is not acknowledged is sent again by the broker.
    if (!this.live || stream.destroyed) return;
    const first = this.head;
    while (this.head < this.owed.length && this.owed[this.head]!.settled) this.head++;
    if (this.head === first) return;
    const bytes = Buffer.allocUnsafe((this.head - first) * PUBACK_BYTES);
    for (let i = first, at = 0; i < this.head; i++, at += PUBACK_BYTES) {
      const { messageId } = this.owed[i]!;
      bytes[at] = 0x40;
      bytes[at + 1] = 2;
      bytes[at + 2] = messageId >> 8;
      bytes[at + 3] = messageId & 0xff;
    }
    stream.write(bytes);
  }

  /** There is room again. */
  resume(): void {
    let count = 0;
    while (count < this.parked.length && this.admit(this.parked[count]!) !== 'later') {
      this.parkedBytes -= this.parked[count++]!.payload.length;
    }
    if (count > 0) this.parked.splice(0, count);
    const { held } = this;
    if (held === undefined || this.parked.length >= PARKED_MESSAGES || this.parkedBytes >= PARKED_BYTES) return;
    this.held = undefined;
    this.onHold(false);
    this.arrive(held.arrival, held.callback);
  }

  /** We are about to wait for an answer: it comes behind what is held. */
  readOn(): void {
    const { held } = this;
    if (held === undefined) return;
    this.held = undefined;
    this.onHold(false);
    this.turnAway(held.arrival, held.callback);
  }

  /** The connection ends: what is due goes out first; what is not acknowledged is sent again by the broker. */
  end(): void {
    if (this.flushing) this.send();
    this.live = false;
    if (this.held !== undefined) this.onHold(false);
    this.held = undefined;
    this.parked = [];
    this.owed = [];
  }

  /** The same text each time that a topic comes: messages that wait hold one between them, and its hash is known to whoever looks it up. */
  private known(topic: string): string {
    const found = this.topics.get(topic);
    if (found !== undefined) return found;
    if (topic.length > KNOWN_TOPIC_LENGTH) return topic;
    if (this.topics.size >= KNOWN_TOPICS) this.topics.clear();
    this.topics.set(topic, topic);
    return topic;
  }

  private handle(packet: PublishPacket, callback: (error?: Error) => void): void {
    if (!this.live) return callback(DEFERRED);
    const { topic, payload, qos, retain, dup } = packet;
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    // QoS 2 has been taken over with PUBREC already: it is not subscribed to, and there is nothing to defer.
    const slot = qos === 1 ? { messageId: packet.messageId ?? 0, settled: false } : undefined;
    if (this.turnedAway !== undefined) return callback(slot === undefined ? undefined : DEFERRED);
    if (slot !== undefined && !this.refused) this.owed.push(slot);
    this.arrive({ topic: this.known(topic), payload: bytes, qos, retained: retain, dup, slot }, callback);
  }

  private arrive(arrival: Arrival, callback: (error?: Error) => void): void {
    const admission = this.parked.length > 0 ? 'later' : this.admit(arrival);
    if (admission === 'later' && (this.parked.length >= PARKED_MESSAGES || this.parkedBytes >= PARKED_BYTES)) {
      if (this.awaitsAnswer()) return this.turnAway(arrival, callback);
      this.held = { arrival, callback };
      return this.onHold(true);
    }
    if (admission === 'later') {
      this.parked.push(arrival);
      this.parkedBytes += arrival.payload.length;
    }
    // One that is not taken holds back the acknowledgements of all that come after it [MQTT-4.6.0-2]: none of them is owed any more.
    if (admission === 'unwanted' && arrival.slot !== undefined) this.refused = true;
    callback(arrival.slot === undefined ? undefined : DEFERRED);
  }

  /** Holding it would hold the answer too, and whoever waits for that may be the one who has to make room. */
  private turnAway({ slot }: Arrival, callback: (error?: Error) => void): void {
    this.turnedAway = slot;
    if (slot !== undefined) this.refused = true;
    callback(slot === undefined ? undefined : DEFERRED);
  }
}
