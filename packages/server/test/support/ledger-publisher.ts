import { connectAsync, type MqttClient } from 'mqtt';
import { obligationsLedger } from '@louver/core/testkit';

export interface LedgerReading {
  readonly timestamp: string;
  /** Thousandths of the number that it was sent as: 0.001, 0.002, … */
  readonly value: number;
}

const LANES = 20;

/** Publishes readings with ever new values, many at a time, and keeps what was acknowledged: the ledger. */
export class LedgerPublisher {
  /** Of thousandths. */
  readonly ledger = obligationsLedger<number>();
  readonly acknowledged: LedgerReading[] = [];
  sent = 0;
  #taken = 0;
  #client: MqttClient | undefined;
  #lanes: readonly Promise<void>[] = [];
  #awaited: { readonly isMet: () => boolean; readonly resolve: () => void } | undefined;
  #waiting: (() => void)[] = [];

  /** @param window how many may be sent and not known to be taken over by the server (see {@link takenUpTo}) */
  constructor(
    private readonly deviceId: string,
    private readonly window = Number.POSITIVE_INFINITY,
  ) {}

  async start(url: string): Promise<void> {
    const client = await connectAsync(url, { clientId: this.deviceId, reconnectPeriod: 0 });
    client.stream.on('error', () => {});
    client.on('error', () => {});
    this.#client = client;
    this.#lanes = Array.from({ length: LANES }, () => this.#publishOn(client));
  }

  /** Resolves when so many have been acknowledged in all. */
  acknowledgedAtLeast(count: number): Promise<void> {
    return this.#when(() => this.acknowledged.length >= count);
  }

  /** Resolves when so many have been acknowledged in all, or the window is full. */
  acknowledgedOrFull(count: number): Promise<void> {
    return this.#when(() => this.acknowledged.length >= count || this.#waiting.length === LANES);
  }

  /** The server has the reading with this value, and so all that were sent before it. */
  takenUpTo(value: number): void {
    this.#taken = Math.max(this.#taken, Math.round(value * 1000));
    for (const go of this.#waiting.splice(0)) go();
  }

  async publishOne(url: string): Promise<LedgerReading> {
    const client = await connectAsync(url, { clientId: this.deviceId });
    const reading = await this.#publish(client);
    await client.endAsync();
    return reading;
  }

  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    for (const go of this.#waiting.splice(0)) go();
    await client?.endAsync(true);
    await Promise.all(this.#lanes);
  }

  async #publishOn(client: MqttClient): Promise<void> {
    while (this.#client === client && client.connected) {
      if (this.sent - this.#taken < this.window) await this.#publish(client).catch(() => undefined);
      else await this.#room();
    }
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#look();
    });
  }

  async #publish(client: MqttClient): Promise<LedgerReading> {
    const id = ++this.sent;
    this.ledger.sent(id);
    const reading = { timestamp: new Date().toISOString(), value: id / 1000 };
    await client.publishAsync(`sensor/${this.deviceId}/temperature`, JSON.stringify(reading), { qos: 1 });
    this.ledger.acknowledge(id);
    this.acknowledged.push(reading);
    this.#look();
    return reading;
  }

  #when(isMet: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited = { isMet, resolve };
      this.#look();
    });
  }

  #look(): void {
    if (this.#awaited?.isMet() === true) this.#awaited.resolve();
  }
}
