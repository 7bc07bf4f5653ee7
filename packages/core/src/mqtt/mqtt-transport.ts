import { randomBytes } from 'node:crypto';
import type * as mqttPackage from 'mqtt';
import type { IClientOptions, MqttClient } from 'mqtt';
import type { Context, Health } from '../component.js';
import type { Delivery } from '../delivery.js';
import { LouverError } from '../errors.js';
import { backoffMs } from '../retry.js';
import type { OutboundMessage, ReceiveOptions, Transport } from '../transport.js';
import { Connection, type Ended, type RefusedFilter } from './connection.js';
import { assertInternals } from './deferred-ack.js';
import { Inbox } from './inbox.js';
import { Outbox } from './outbox.js';
import { certificateAuthorities, type MqttSettings } from './settings.js';
import { connectionFailure } from './words.js';

const RECONNECT = { baseMs: 250, maxMs: 30_000 };
/** A connection that lived this long ends the row of failures. */
const STABLE_MS = 5_000;
const MAX_RECEIVE_MAXIMUM = 65_535;
/** `Unacceptable protocol version` of MQTT 3.1.1 and `Unsupported Protocol Version` of MQTT 5. */
const VERSION_REFUSED: readonly number[] = [1, 132];

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
  private versionKnown: boolean;
  private subscribed = false;
  private refused: readonly RefusedFilter[] = [];
  private state: Health = { ok: true };

  constructor(private readonly settings: MqttSettings) {
    this.clientId = settings.clientId ?? `louver-${randomBytes(8).toString('hex')}`;
    this.version = settings.protocolVersion ?? 5;
    this.versionKnown = settings.protocolVersion !== undefined;
  }

  async open(context: Context): Promise<void> {
    const ca = await certificateAuthorities(this.settings);
    const mqtt = await importMqtt();
    assertInternals(mqtt);
    const outbox = new Outbox(context, () => this.inWords());
    this.opened = { context, connect: (options) => mqtt.connect(options), ca, outbox };
  }

  close(): Promise<void> {
    return (this.closing ??= this.shutDown());
  }

  health(): Health {
    if (!this.state.ok || this.refused.length === 0) return this.state;
    const list = this.refused.map(({ filter, code }) => `${filter} (reason code ${code})`).join(', ');
    const reason = `${this.settings.address}: the broker refuses to subscribe ${list}: check its access list`;
    return { ok: false, reason };
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
    const { clock, logger, metrics, random } = opened.context;
    let failures = 0;
    while (!this.stop.signal.aborted) {
      const began = clock.now();
      this.state = this.state.ok ? { ok: false, reason: `connecting to ${this.settings.address}` } : this.state;
      const ended = await this.connectOnce(opened);
      if (this.stop.signal.aborted) return;
      if (ended.wasConnected) metrics.count('transport_disconnected_total', { transport: 'mqtt' });
      // We ended it ourselves: somebody wants to receive.
      if (this.receiver !== undefined && this.receiver !== this.connectedFor) continue;
      if (this.tryOtherVersion(ended)) continue;
      this.state = { ok: false, reason: ended.reason };
      if (ended.wasConnected && clock.now() - began >= STABLE_MS) failures = 0;
      const waitMs = backoffMs(failures++, RECONNECT, random);
      logger.warn('mqtt connection ended', { reason: ended.reason, retryInMs: Math.round(waitMs) });
      await clock.sleep(waitMs, this.stop.signal);
    }
  }

  private async connectOnce({ context, connect, ca, outbox }: Opened): Promise<Ended> {
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
          this.versionKnown = true;
          this.state = { ok: true };
          context.logger.info('mqtt connected', { address: settings.address, protocolVersion });
          void this.subscribe(connected, receiver, context).then(() => {
            if (this.connection === connected) outbox.attach(connected);
          });
        },
        onNack: (cause) => context.logger.warn('mqtt delivery returned', { cause: cause.message }),
      });
    } catch (error) {
      return { ...connectionFailure(error, 0, settings), wasConnected: false, hungUp: false };
    }
    this.connection = connection;
    const ended = await connection.ended;
    this.connection = undefined;
    outbox.detach();
    return ended;
  }

  /** Before anything is published: what we publish ourselves is received like the rest. */
  private async subscribe(connection: Connection, receiver: Receiver | undefined, context: Context): Promise<void> {
    // With a session the broker has them already; asking again would bring the retained messages again (3.1.1). Filters may have changed
    // since the last start of this program, so the first connection asks in any case.
    if (receiver === undefined || (connection.sessionPresent && this.subscribed)) return;
    this.refused = await connection.subscribe(receiver.filters);
    this.subscribed = this.refused.length === 0;
    if (this.refused.length > 0) context.logger.error('mqtt subscription refused', { refused: this.refused });
  }

  /** 4 after a broker has refused 5. One that just hangs up is asked with 4 too, and with 5 again when that is of no use either. */
  private tryOtherVersion({ code, hungUp }: Ended): boolean {
    if (this.versionKnown) return false;
    if (this.version === 5 && (VERSION_REFUSED.includes(code) || hungUp)) {
      this.version = 4;
      return true;
    }
    this.version = 5;
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
