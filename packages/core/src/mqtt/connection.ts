import type { IClientOptions, MqttClient } from 'mqtt';
import type { OutboundMessage } from '../transport.js';
import { DeferredAcks, type Admission, type Arrival } from './deferred-ack.js';
import type { ArrivalLink } from './inbox.js';
import type { OutboundLink } from './outbox.js';
import type { MqttSettings } from './settings.js';
import { connectionFailure, wordless, type ConnectionFailure, type Shortfall } from './words.js';

export interface ConnectionOptions {
  readonly settings: MqttSettings;
  readonly connect: (options: IClientOptions) => MqttClient;
  readonly clientId: string;
  readonly ca: string | undefined;
  readonly protocolVersion: 4 | 5;
  /** MQTT 5: how many QoS 1 messages the broker may send ahead of our acknowledgements. */
  readonly receiveMaximum: number;
  readonly admit: (arrival: Arrival, link: ArrivalLink) => Admission;
  readonly onConnected: (connection: Connection) => void;
  readonly onNack: (cause: Error) => void;
}

export interface Ended extends ConnectionFailure {
  /** CONNACK said yes. */
  readonly wasConnected: boolean;
  /** The socket was closed before CONNACK, and nobody said why: so do brokers that do not know the protocol version. */
  readonly hungUp: boolean;
}

/** Publishes of ours that are in flight at a time, where the broker does not say less. */
const SEND_WINDOW = 512;
const GOODBYE_MS = 1_000;

/** One network connection, from CONNECT to its end; a new one is made after it. */
export class Connection implements OutboundLink, ArrivalLink {
  readonly acks: DeferredAcks;
  /** Resolves when it is over, whoever ended it. */
  readonly ended: Promise<Ended>;
  sessionPresent = false;
  private readonly client: MqttClient;
  private wasConnected = false;
  private error: unknown;
  private code = 0;
  private endedByUs: 'returned' | 'overflowed' | undefined;
  /** What we have sent and the broker has not answered. */
  private awaited = 0;
  private heldPings: NodeJS.Timeout | undefined;
  /** Somebody waits for a sign of the broker: gives up waiting for one. */
  private unheard: (() => void) | undefined;

  constructor(private readonly options: ConnectionOptions) {
    const client = options.connect(clientOptions(options));
    this.client = client;
    this.acks = new DeferredAcks(
      client,
      (arrival) => options.admit(arrival, this),
      (holding) => this.keepAlive(holding),
      () => this.awaited > 0,
      () => this.leave('overflowed'),
    );
    client.on('connect', (connack) => {
      // Without it, small packets wait up to 40 ms for the peer's delayed TCP acknowledgement.
      (client.stream as { setNoDelay?: (on: boolean) => void }).setNoDelay?.(true);
      this.wasConnected = true;
      this.sessionPresent = connack.sessionPresent;
      options.onConnected(this);
    });
    client.on('error', (error) => {
      this.error = error;
      const code = (error as { code?: unknown }).code;
      if (typeof code === 'number') this.code = code;
      // After CONNACK: what came cannot be understood, and nothing behind it can.
      if (this.wasConnected) this.drop();
    });
    client.on('disconnect', (packet) => {
      this.code = packet.reasonCode ?? 0;
      this.error ??= new Error(`the broker ended the connection with reason code ${this.code}`);
      // The broker closes its side only when it likes; nothing may be sent any more [MQTT-3.14.4-1].
      this.drop();
    });
    this.ended = new Promise((resolve) => {
      client.once('close', () => {
        this.acks.end();
        const { error, code, wasConnected, endedByUs } = this;
        const secured = (client.stream as { authorized?: boolean }).authorized === true;
        const failure = connectionFailure({ error, code, wasConnected, secured, endedByUs }, options.settings);
        const hungUp = !wasConnected && code === 0 && wordless(error);
        resolve({ ...failure, wasConnected, hungUp });
      });
    });
  }

  /** [MQTT-4.9.0-1]: beyond the broker's Receive Maximum it would end the connection. */
  get window(): number {
    return Math.min(SEND_WINDOW, this.client.serverProperties?.receiveMaximum ?? SEND_WINDOW);
  }

  get maxPacketBytes(): number {
    return this.client.serverProperties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
  }

  send({ topic, payload, qos, retain }: OutboundMessage, callback: (error?: Error) => void): void {
    // [MQTT-3.2.2-11]: it would end the connection, and again with each attempt.
    if (qos > (this.client.serverProperties?.maximumQoS ?? 2)) return callback(new Error('it takes QoS 0 only'));
    const bytes =
      typeof payload === 'string' ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    const over = qos === 0 ? undefined : this.awaitAnswer();
    this.client.publish(topic, bytes, { qos, retain: retain ?? false }, (error) => {
      over?.();
      callback(error ?? undefined);
    });
  }

  /**
   * At QoS 1, so that what others publish at QoS 2 comes at QoS 1. Resolves to the filters that were not granted so; undefined: the
   * connection has ended.
   */
  subscribe(filters: readonly string[]): Promise<readonly Shortfall[] | undefined> {
    // MQTT 5: retained messages only with a subscription that is new [MQTT-3.3.1-10]; 3.1.1 sends them each time.
    const options = this.options.protocolVersion === 5 ? { qos: 1 as const, rh: 1 } : { qos: 1 as const };
    const over = this.awaitAnswer();
    return new Promise((resolve) => {
      this.client.subscribe([...filters], options, (error, _granted, packet) => {
        over();
        const codes = packet?.granted as readonly number[] | undefined;
        if (codes?.length === filters.length) {
          return resolve(filters.flatMap((filter, i) => (codes[i] === 1 ? [] : [{ filter, code: codes[i]! }])));
        }
        // Without an answer nothing comes: asking again is better than waiting for messages for ever.
        if (error) this.error ??= error;
        if (!this.client.disconnecting) this.drop();
        resolve(undefined);
      });
    });
  }

  /**
   * Resolves when the broker has answered a PINGREQ, or says anything at all [MQTT-3.12.4-1]; also when reading is held, so that nothing could be
   * heard, and when the connection ends, which is told elsewhere. Rejects when `signal` aborts.
   */
  probe(signal: AbortSignal): Promise<void> {
    // Before CONNACK nothing may be said [MQTT-3.1.0-1]; `health` tells that we wait for it.
    if (!this.wasConnected || this.heldPings !== undefined) return Promise.resolve();
    const { client } = this;
    return new Promise((resolve, reject) => {
      const over = (): void => {
        this.unheard = undefined;
        client.off('packetreceive', heard);
        signal.removeEventListener('abort', gaveUp);
      };
      const heard = (): void => (over(), resolve());
      const gaveUp = (): void => (over(), reject(new Error('the broker says nothing')));
      this.unheard = heard;
      client.on('packetreceive', heard);
      signal.addEventListener('abort', gaveUp, { once: true });
      void this.ended.then(heard);
      client.sendPing();
    });
  }

  private awaitAnswer(): () => void {
    this.awaited++;
    this.acks.readOn();
    return () => this.awaited--;
  }

  giveBack(cause: Error): void {
    this.options.onNack(cause);
    this.leave('returned');
  }

  private leave(kind: 'returned' | 'overflowed'): void {
    this.endedByUs = kind;
    this.acks.end();
    // Acknowledgements of this turn are on their way first.
    setImmediate(() => this.drop());
  }

  /** Ends it without a word: the broker keeps the session. */
  drop(): void {
    this.acks.end();
    this.client.end(true);
  }

  /** Ends it with DISCONNECT once what is in flight is acknowledged, at most a second later. */
  async close(forgetSession: boolean): Promise<void> {
    this.acks.flush();
    const properties = forgetSession && this.options.protocolVersion === 5 ? { sessionExpiryInterval: 0 } : undefined;
    if (this.wasConnected) this.client.end(false, properties === undefined ? {} : { properties });
    else this.client.end(true);
    // The socket knows nothing of an injected clock.
    const impatience = setTimeout(() => this.client.stream.destroy(), GOODBYE_MS);
    await this.ended;
    clearTimeout(impatience);
  }

  /**
   * While reading is held, PINGRESP is not read either: ping the broker so that it keeps the connection, and count as if it had answered.
   */
  private keepAlive(holding: boolean): void {
    clearInterval(this.heldPings);
    this.heldPings = undefined;
    if (!holding) return;
    this.unheard?.();
    const ping = (): void => {
      this.client.sendPing();
      this.client.reschedulePing(true);
    };
    this.heldPings = setInterval(ping, (this.options.settings.keepaliveS * 1000) / 3);
    this.heldPings.unref();
    this.client.reschedulePing(true);
  }
}

function clientOptions({ settings, clientId, ca, protocolVersion, receiveMaximum }: ConnectionOptions): IClientOptions {
  const { scheme, host, port, path, username, password, keepaliveS, connectTimeoutMs, sessionExpiryS } = settings;
  return {
    protocol: scheme,
    hostname: host,
    host,
    port,
    path,
    clientId,
    clean: false,
    protocolVersion,
    keepalive: keepaliveS,
    // PINGREQ at its time whatever else is sent: brokers count what they receive, and deferred acknowledgements may be long in coming.
    reschedulePings: false,
    connectTimeout: connectTimeoutMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // Its debugging text costs as much as reading the packets, also when nobody reads it.
    ...(process.env['DEBUG'] === undefined ? { log: () => undefined } : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
    ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: sessionExpiryS, receiveMaximum } } : {}),
  };
}
