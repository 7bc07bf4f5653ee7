import { randomBytes } from 'node:crypto';
import type * as mqttPackage from 'mqtt';
import type { IClientOptions, MqttClient } from 'mqtt';
import type { Context, Health } from '../component.js';
import type { Delivery } from '../delivery.js';
import { LouverError } from '../errors.js';
import { backoffMs } from '../retry.js';
import type { OutboundMessage, ReceiveOptions, Transport } from '../transport.js';
import { Connection, type Ended } from './connection.js';
import { assertInternals } from './deferred-ack.js';
import { Inbox } from './inbox.js';
import { Outbox } from './outbox.js';
import { Reconnection } from './reconnection.js';
import { certificateAuthorities, type MqttSettings } from './settings.js';
import { connectionFailure, contestedReason, shortfallReason, type Shortfall } from './words.js';

const MAX_RECEIVE_MAXIMUM = 65_535;
/** `Unacceptable protocol version` of MQTT 3.1.1 and `Unsupported Protocol Version` of MQTT 5. */
const VERSION_REFUSED: readonly number[] = [1, 132];
/** The access list of a broker is not mended by asking often. */
const ASK_AGAIN = { baseMs: 1_000, maxMs: 30_000 };
/** The same trouble is told once in this time, not with each attempt. */
const REPEAT_MS = 60_000;

interface Receiver {
  readonly filters: readonly string[];
  readonly inbox: Inbox;
  readonly receiveMaximum: number;
}

/** What is known after `open`. */
interface Opened {
  readonly context: Context;
  readonly connect: (options: IClientOptions) => MqttClient;
  readonly ca: string | undefined;
  readonly outbox: Outbox;
  readonly reconnection: Reconnection;
}

export class MqttTransport implements Transport {
  readonly name = 'mqtt';
  private readonly clientId: string;
  private opened: Opened | undefined;
  private receiver: Receiver | undefined;
  private connection: Connection | undefined;
  /** For whom the connection was made: one that was made without takes no messages. */
  private connectedFor: Receiver | undefined;
  private running: Promise<void> | undefined;
  private closing: Promise<void> | undefined;
  private readonly stop = new AbortController();
  private version: 4 | 5;
  private speaksFive = false;
  private fiveRefused = false;
  /** The broker has these, also after a reconnect that we asked for. */
  private subscribed = false;
  private shortfalls: readonly Shortfall[] = [];
  private state: Health = { ok: true };
  private connectedAtMs = 0;
  private told = { reason: '', atMs: 0 };

  constructor(private readonly settings: MqttSettings) {
    this.clientId = settings.clientId ?? `louver-${randomBytes(8).toString('hex')}`;
    this.version = settings.protocolVersion ?? 5;
  }

  async open(context: Context): Promise<void> {
    const ca = await certificateAuthorities(this.settings);
    const mqtt = await importMqtt();
    assertInternals(mqtt);
    const outbox = new Outbox(context, () => this.inWords());
    const reconnection = new Reconnection(context.random);
    this.opened = { context, connect: (options) => mqtt.connect(options), ca, outbox, reconnection };
  }

  close(): Promise<void> {
    return (this.closing ??= this.shutDown());
  }

  health(): Health {
    const { settings, clientId, opened, shortfalls } = this;
    if (!this.state.ok || opened === undefined) return this.state;
    if (opened.reconnection.isContested(opened.context.clock.now() - this.connectedAtMs)) {
      return { ok: false, reason: contestedReason(settings, clientId) };
    }
    return shortfalls.length === 0 ? this.state : { ok: false, reason: shortfallReason(settings, shortfalls) };
  }

  /** Whether the broker says anything: a connection to one that hangs stays open. */
  async check(signal: AbortSignal): Promise<void> {
    // Without a connection `health` says why.
    await this.connection?.probe(signal);
  }

  async *receive(
    filters: readonly string[],
    { maxUnsettled, signal }: ReceiveOptions,
  ): AsyncGenerator<readonly Delivery[], void, void> {
    const { context } = this.whenOpen();
    this.checkReceive(filters, maxUnsettled);
    if (signal.aborted) return;
    const inbox = new Inbox(maxUnsettled, context, () => this.connection?.acks.resume());
    const receiver = { filters, inbox, receiveMaximum: Math.min(maxUnsettled, MAX_RECEIVE_MAXIMUM) };
    this.receiver = receiver;
    const close = (): void => inbox.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      // One that was made for publishing has turned messages away: a new one gets them again.
      if (this.connection !== undefined) this.connection.drop();
      this.run();
      for (;;) {
        const deliveries = await inbox.take();
        if (deliveries.length === 0) return;
        yield deliveries;
      }
    } finally {
      signal.removeEventListener('abort', close);
      inbox.close();
      this.receiver = undefined;
    }
  }

  async publish(message: OutboundMessage, signal?: AbortSignal): Promise<void> {
    const { outbox } = this.whenOpen();
    this.run();
    await outbox.publish(message, signal);
  }

  private whenOpen(): Opened {
    if (this.opened !== undefined && this.closing === undefined) return this.opened;
    const state = this.closing === undefined ? 'is not open yet: call open() first' : 'is closed';
    const code = this.closing === undefined ? 'E_NOT_OPEN' : 'E_TRANSPORT';
    throw new LouverError(code, `the MQTT transport to ${this.settings.address} ${state}.`, { retryable: false });
  }

  private checkReceive(filters: readonly string[], maxUnsettled: number): void {
    const problems: string[] = [];
    if (this.receiver !== undefined) problems.push('receive is running already, one at a time is possible');
    if (filters.length === 0 || filters.includes('')) problems.push('filters are empty, expected topic filters');
    if (!Number.isInteger(maxUnsettled) || maxUnsettled < 1) {
      problems.push(`maxUnsettled is ${maxUnsettled}, expected a whole number of at least 1`);
    }
    if (problems.length > 0) throw new LouverError('E_CONFIG', `receive: ${problems.join('; ')}.`);
  }

  private run(): void {
    this.running ??= this.keepConnected(this.whenOpen());
  }

  private async keepConnected(opened: Opened): Promise<void> {
    const { reconnection } = opened;
    const { clock, metrics } = opened.context;
    while (!this.stop.signal.aborted) {
      this.state = this.state.ok ? { ok: false, reason: `connecting to ${this.settings.address}` } : this.state;
      const ended = await this.connectOnce(opened);
      if (this.stop.signal.aborted) return;
      if (ended.wasConnected) metrics.count('transport_disconnected_total', { transport: 'mqtt' });
      // Only what we asked for ourselves leaves the broker's subscriptions as they were.
      if (ended.kind !== 'returned' && ended.kind !== 'overflowed') this.subscribed = false;
      // We ended it ourselves: somebody wants to receive.
      if (this.receiver !== undefined && this.receiver !== this.connectedFor) continue;
      if (this.tryOtherVersion(ended)) continue;
      const waitMs = reconnection.waitMs(ended.kind, ended.wasConnected ? clock.now() - this.connectedAtMs : undefined);
      const reason = reconnection.contested ? contestedReason(this.settings, this.clientId) : ended.reason;
      this.state = { ok: false, reason };
      this.tell(reason, ended.wasConnected, waitMs, opened.context);
      await clock.sleep(waitMs, this.stop.signal);
    }
  }

  private tell(reason: string, isNew: boolean, waitMs: number, { clock, logger }: Context): void {
    const now = clock.now();
    const again = !isNew && reason === this.told.reason && now - this.told.atMs < REPEAT_MS;
    if (!again) this.told = { reason, atMs: now };
    logger[again ? 'debug' : 'warn']('mqtt not connected', { reason, retryInMs: Math.round(waitMs) });
  }

  private async connectOnce(opened: Opened): Promise<Ended> {
    const { context, connect, ca, outbox } = opened;
    const { receiver, settings, clientId, version: protocolVersion } = this;
    this.connectedFor = receiver;
    let connection: Connection;
    try {
      connection = new Connection({
        settings,
        connect,
        clientId,
        ca,
        protocolVersion,
        // Nobody takes messages: the fewer come, the fewer are turned away.
        receiveMaximum: receiver?.receiveMaximum ?? 1,
        admit: (arrival, link) => receiver?.inbox.admit(arrival, link) ?? 'unwanted',
        onConnected: (connected) => {
          this.speaksFive ||= protocolVersion === 5;
          this.connectedAtMs = context.clock.now();
          context.logger.info('mqtt connected', { address: settings.address, protocolVersion });
          void this.ready(connected, receiver, opened);
        },
        onNack: (cause) => context.logger.warn('mqtt delivery returned', { cause: cause.message }),
      });
    } catch (error) {
      const nothing = { code: 0, wasConnected: false, secured: false, endedByUs: undefined };
      return { ...connectionFailure({ error, ...nothing }, settings), wasConnected: false, hungUp: false };
    }
    this.connection = connection;
    const ended = await connection.ended;
    this.connection = undefined;
    outbox.detach();
    return ended;
  }

  /** Subscribed before anything is published: what we publish ourselves is received like the rest. */
  private async ready(connection: Connection, receiver: Receiver | undefined, opened: Opened): Promise<void> {
    if (receiver !== undefined) {
      this.state = { ok: false, reason: `subscribing at ${this.settings.address}` };
      if (!(await this.subscribe(connection, receiver, opened.context))) return;
    }
    if (this.connection !== connection) return;
    this.state = { ok: true };
    opened.outbox.attach(connection);
  }

  /**
   * With every connection that the broker ended: one that was killed may have come back with a session of long ago, without these filters.
   * MQTT 5 then sends retained messages for those that are new to it only, 3.1.1 for all of them.
   */
  private async subscribe(connection: Connection, receiver: Receiver, context: Context): Promise<boolean> {
    if (connection.sessionPresent && this.subscribed) return true;
    const shortfalls = await connection.subscribe(receiver.filters);
    if (shortfalls === undefined) return false;
    this.shortfalls = shortfalls;
    this.subscribed = shortfalls.length === 0;
    if (this.subscribed) return true;
    context.logger.error('mqtt subscription not granted', { reason: shortfallReason(this.settings, shortfalls) });
    void this.askAgain(connection, context);
    return true;
  }

  /** The broker's access list may be mended while we are connected. */
  private async askAgain(connection: Connection, { clock, random, logger }: Context): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      await clock.sleep(backoffMs(attempt, ASK_AGAIN, random), this.stop.signal);
      const refused = this.shortfalls.filter(({ code }) => code >= 0x80).map(({ filter }) => filter);
      if (this.connection !== connection || this.stop.signal.aborted || refused.length === 0) return;
      const still = await connection.subscribe(refused);
      if (still === undefined) return;
      this.shortfalls = [...this.shortfalls.filter(({ filter }) => !refused.includes(filter)), ...still];
      this.subscribed = this.shortfalls.length === 0;
      if (this.subscribed) logger.info('mqtt subscription granted', { filters: refused });
    }
  }

  /** 4 after a broker has refused 5. One that just hangs up is asked with 4 too, and with 5 again when that is of no use either. */
  private tryOtherVersion({ code, hungUp }: Ended): boolean {
    if (this.settings.protocolVersion !== undefined) return false;
    const refused = VERSION_REFUSED.includes(code);
    if (this.version === 5 && (refused || (hungUp && !this.speaksFive))) {
      this.version = 4;
      this.fiveRefused = refused;
      return true;
    }
    // A broker that hung up may only have been about to start.
    if (refused || !this.fiveRefused) this.version = 5;
    return false;
  }

  private async shutDown(): Promise<void> {
    this.stop.abort();
    this.receiver?.inbox.close();
    this.opened?.outbox.shut();
    await this.connection?.close(this.settings.clientId === undefined);
    await this.running;
    this.opened?.outbox.close();
    this.state = { ok: false, reason: 'closed' };
  }

  private inWords(): string {
    const health = this.health();
    return health.ok ? `${this.settings.address} is connected.` : `${health.reason}.`;
  }
}

async function importMqtt(): Promise<typeof mqttPackage> {
  try {
    return await import('mqtt');
  } catch (error) {
    throw new LouverError(
      'E_CONFIG',
      'mqttTransport needs the package mqtt, which is not installed: npm install mqtt',
      {
        cause: error,
      },
    );
  }
}
