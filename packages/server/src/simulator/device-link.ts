import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { LouverError } from '@louver/core';
import type { SimulatedMessage } from '@louver/device-esp32';
import type { BrokerAccess } from '../cli/client-connection.js';
import { explainConnectError } from '../cli/connect-errors.js';
import type { DialQueue } from './dial-queue.js';
import {
  CONNACK,
  connectPacket,
  DISCONNECT,
  PacketReader,
  PINGREQ,
  PUBACK,
  pubackPacket,
  PUBLISH,
  publishHead,
  readPublish,
  SUBACK,
  subscribePacket,
  unsubscribePacket,
  type Packet,
} from './mqtt-packets.js';

/** What a link tells its device. */
export interface LinkEvents {
  /** Connected and subscribed, also again. */
  readonly connected: () => void;
  readonly message: (topic: string, payload: Buffer, retained: boolean) => void;
  /** The connection is lost or did not come about; it is tried again, unless `reason` is not retryable. */
  readonly lost: (reason: LouverError) => void;
  /** A message was written for the first time. */
  readonly sent: (message: SimulatedMessage) => void;
  /** It was written again, after a reconnect or as a duplicate. */
  readonly repeated: () => void;
  /** @param ms From the first writing to the last acknowledgement. */
  readonly acknowledged: (message: SimulatedMessage, ms: number) => void;
}

export interface LinkOptions {
  readonly access: BrokerAccess;
  readonly clientId: string;
  readonly will: { readonly topic: string; readonly payload: string };
  readonly subscriptions: readonly string[];
  /** Shared by all links to one broker. */
  readonly dials: DialQueue;
  /** A clock that is never set, in ms. */
  readonly monotonicMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly events: LinkEvents;
}

interface Unacknowledged {
  readonly message: SimulatedMessage;
  readonly ids: number[];
  sentMs: number | undefined;
  readonly done: () => void;
  readonly failed: (error: LouverError) => void;
}

/** How often `tick` is to be called. */
export const LINK_TICK_MS = 100;
const KEEPALIVE_S = 60;
/** Quiet for so long it asks whether the broker is there, and waits as long for the answer. */
const PING_AFTER_MS = 0.7 * KEEPALIVE_S * 1000;
/**
 * How long one of several addresses of a host is tried. Node's 250 ms pass while a busy process looks away, and then `ETIMEDOUT` is said of a broker
 * that had answered.
 */
const ADDRESS_MS = 2_500;
const BACK_OFF_MS = 1_000;
const MAX_BACK_OFF_MS = 30_000;
/** A connection that held for so long was a good one. */
const HELD_MS = 5_000;
/** Much more than a command needs. */
const MAX_PACKET_BYTES = 64 * 1024;
const REFUSALS: readonly string[] = [
  '',
  'Unacceptable protocol version',
  'Identifier rejected',
  'Server unavailable',
  'Bad username or password',
  'Not authorized',
];
/** All links read into it, one after the other: Node would take 64 kB for each. */
const ARRIVING = Buffer.alloc(16 * 1024);
const SUBSCRIPTION_ID = 1;
const FIRST_ID = 2;

/**
 * A device's connection in MQTT 3.1.1 over TCP or TLS, for a process that has thousands: no timers of its own, no copies of what is shared. A session
 * that the broker keeps, a last will, keepalive; what is not acknowledged is sent again with DUP after a reconnect. Reconnects with exponential
 * back-off and full jitter. `tick` is to be called every {@link LINK_TICK_MS}.
 */
export class DeviceLink {
  readonly #o: LinkOptions;
  readonly #unacknowledged = new Set<Unacknowledged>();
  #socket: Socket | undefined;
  #isUp = false;
  #isOver = false;
  #nextId = FIRST_ID;
  /** When to connect, Infinity while there is a socket. */
  #connectAtMs = Infinity;
  /**
   * How long the broker has for its answer. In ticks: when this process itself was kept from running, the answer may lie there unread, and no time
   * is to have passed.
   */
  #ticksLeft = Infinity;
  /** Has a place in the queue, and has not left it. */
  #isDialling = false;
  #lastWrittenMs = 0;
  #connectedMs = 0;
  #failures = 0;
  #error: unknown;

  constructor(options: LinkOptions) {
    this.#o = options;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Begins to connect, when it is its turn. */
  start(): void {
    this.#connectAtMs = Infinity;
    this.#o.dials.enter(this.#dial);
  }

  readonly #dial = (): void => {
    const { access, clientId, will } = this.#o;
    const { scheme, host, port, username, password, connectTimeoutMs } = access.settings;
    this.#isDialling = true;
    this.#error = undefined;
    this.#ticksLeft = connectTimeoutMs / LINK_TICK_MS;
    const reader = new PacketReader(MAX_PACKET_BYTES);
    const onread = {
      buffer: ARRIVING,
      callback: (bytes: number, buffer: Uint8Array): boolean => {
        // Others read into the same one.
        this.#read(Buffer.from(buffer.subarray(0, bytes)), reader, socket);
        return true;
      },
    };
    const where = { host, port, onread, autoSelectFamilyAttemptTimeout: ADDRESS_MS };
    const trust = { ...(isIP(host) === 0 && { servername: host }), ...(access.ca !== undefined && { ca: access.ca }) };
    const socket: Socket = scheme === 'mqtts' ? connectTls({ ...where, ...trust }) : connectTcp(where);
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', (error) => (this.#error ??= error));
    socket.on('close', () => {
      if (this.#socket === socket) this.#lost(socket);
    });
    this.#write(socket, connectPacket({ clientId, keepaliveS: KEEPALIVE_S, will, username, password }));
  };

  /** Connects again, asks whether the broker is there, gives a silent one up: whatever is due. */
  tick(): void {
    const now = this.#o.monotonicMs();
    if (now >= this.#connectAtMs) return this.start();
    const socket = this.#socket;
    if (socket === undefined) return;
    if (--this.#ticksLeft <= 0) {
      const waited = this.#isUp ? 'a ping' : 'CONNECT';
      this.#error ??= Object.assign(new Error(`no answer to ${waited}`), { code: 'ETIMEDOUT' });
      socket.destroy();
    } else if (this.#isUp && now - this.#lastWrittenMs >= PING_AFTER_MS) {
      this.#write(socket, PINGREQ);
      this.#ticksLeft = PING_AFTER_MS / LINK_TICK_MS;
    }
  }

  /**
   * Sends at QoS 1, at once or when there is a connection; resolves when the broker has acknowledged it. Rejects with `E_TRANSPORT` when the link is
   * closed before.
   * @param copies How often to send it, as a device does that misses acknowledgements.
   */
  publish(message: SimulatedMessage, copies = 1): Promise<void> {
    if (this.#isOver) return Promise.reject(new LouverError('E_TRANSPORT', 'not connected'));
    return new Promise((done, failed) => {
      const ids = Array.from({ length: copies }, () => this.#freeId());
      const waiting: Unacknowledged = { message, ids, sentMs: undefined, done, failed };
      this.#unacknowledged.add(waiting);
      if (this.#isUp) this.#send(waiting, this.#socket!);
    });
  }

  /** Loses the connection as a bad network does: without DISCONNECT. It connects again after a moment of its own. */
  cut(): void {
    if (!this.#isUp) return;
    this.#connectedMs = -Infinity;
    this.#socket?.destroy();
  }

  /** Ends the subscription, so that the broker keeps nothing for it, and leaves. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#connectAtMs = Infinity;
    const socket = this.#socket;
    const wasUp = this.#isUp;
    this.#socket = undefined;
    this.#isUp = false;
    for (const { failed } of this.#unacknowledged) failed(new LouverError('E_TRANSPORT', 'closed'));
    this.#unacknowledged.clear();
    this.#o.dials.withdraw(this.#dial);
    this.#leaveDials();
    if (socket === undefined || socket.destroyed) return;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    if (wasUp) {
      socket.write(unsubscribePacket(SUBSCRIPTION_ID, this.#o.subscriptions));
      socket.end(DISCONNECT);
      socket.setTimeout(2_000, () => socket.destroy());
    } else {
      socket.destroy();
    }
    await closed;
  }

  #read(chunk: Buffer, reader: PacketReader, socket: Socket): void {
    try {
      for (const packet of reader.packetsOf(chunk)) if (this.#socket === socket) this.#take(packet, socket);
    } catch (error) {
      socket.destroy(error as Error);
    }
  }

  #take(packet: Packet, socket: Socket): void {
    const { events, subscriptions, monotonicMs } = this.#o;
    if (this.#isUp) this.#ticksLeft = Infinity;
    switch (packet.head >> 4) {
      case CONNACK: {
        const code = packet.body[1] ?? 1;
        if (code === 0) return this.#write(socket, subscribePacket(SUBSCRIPTION_ID, subscriptions));
        const why = `Connection refused: ${REFUSALS[code] ?? `code ${code}`}`;
        return void socket.destroy(Object.assign(new Error(why), { code }));
      }
      case SUBACK:
        return this.#subscribed(packet, socket);
      case PUBACK:
        return this.#acknowledged(packet.body.readUInt16BE(0), monotonicMs());
      case PUBLISH: {
        const { topic, id, payload, retained } = readPublish(packet);
        if (id !== 0) this.#write(socket, pubackPacket(id));
        return events.message(topic, payload, retained);
      }
    }
  }

  #subscribed({ body }: Packet, socket: Socket): void {
    const { access, subscriptions, events, monotonicMs } = this.#o;
    if (body.subarray(2).some((code) => code > 1)) {
      const why = `${access.place} refuses the subscription to ${subscriptions.join(', ')}`;
      return void socket.destroy(new LouverError('E_TRANSPORT', why, { retryable: false }));
    }
    this.#isUp = true;
    this.#ticksLeft = Infinity;
    this.#leaveDials();
    this.#connectedMs = monotonicMs();
    for (const waiting of this.#unacknowledged) this.#send(waiting, socket);
    events.connected();
  }

  #send(waiting: Unacknowledged, socket: Socket): void {
    const { events, monotonicMs } = this.#o;
    const { message, ids } = waiting;
    const parts = (message.parts ?? [message.payload]).map((part) =>
      typeof part === 'string' ? Buffer.from(part) : part,
    );
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    let isFirst = waiting.sentMs === undefined;
    if (isFirst) events.sent(message);
    waiting.sentMs ??= monotonicMs();
    this.#lastWrittenMs = monotonicMs();
    socket.cork();
    for (const id of ids) {
      if (!isFirst) events.repeated();
      const head = publishHead(message.topic, id, bytes, message.retain ?? false, !isFirst);
      isFirst = false;
      if (bytes < 1024) {
        socket.write(Buffer.concat([head, ...parts]));
      } else {
        socket.write(head);
        for (const part of parts) socket.write(part);
      }
    }
    socket.uncork();
  }

  #acknowledged(id: number, now: number): void {
    for (const waiting of this.#unacknowledged) {
      const at = waiting.ids.indexOf(id);
      if (at < 0) continue;
      waiting.ids.splice(at, 1);
      if (waiting.ids.length > 0) return;
      this.#unacknowledged.delete(waiting);
      this.#o.events.acknowledged(waiting.message, now - (waiting.sentMs ?? now));
      return waiting.done();
    }
  }

  #lost(socket: Socket): void {
    const { access, events, monotonicMs, random } = this.#o;
    const now = monotonicMs();
    this.#socket = undefined;
    const hadBeenUp = this.#isUp;
    this.#isUp = false;
    this.#ticksLeft = Infinity;
    this.#leaveDials();
    this.#failures = hadBeenUp && now - this.#connectedMs >= HELD_MS ? 0 : this.#failures + 1;
    const most = Math.min(MAX_BACK_OFF_MS, BACK_OFF_MS * 2 ** Math.min(this.#failures, 10));
    const secured = socket instanceof TLSSocket && socket.authorized;
    const reason = LouverError.is(this.#error) ? this.#error : explainConnectError(this.#error, access, secured);
    if (reason.retryable) this.#connectAtMs = now + most * random();
    events.lost(reason);
  }

  #leaveDials(): void {
    if (!this.#isDialling) return;
    this.#isDialling = false;
    this.#o.dials.leave();
  }

  #write(socket: Socket, bytes: Buffer): void {
    this.#lastWrittenMs = this.#o.monotonicMs();
    socket.write(bytes);
  }

  #freeId(): number {
    const id = this.#nextId;
    this.#nextId = id === 0xffff ? FIRST_ID : id + 1;
    return id;
  }
}
