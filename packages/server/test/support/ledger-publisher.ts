import { connectAsync, type MqttClient } from 'mqtt';

export interface LedgerReading {
  readonly timestamp: string;
  readonly value: number;
}

/** Publishes readings with ever new values, many at a time, and keeps what was acknowledged: the ledger. */
export class LedgerPublisher {
  readonly acknowledged: LedgerReading[] = [];
  sent = 0;
  #client: MqttClient | undefined;
  #target: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor(private readonly deviceId: string) {}

  async start(url: string): Promise<void> {
    const client = await connectAsync(url, { clientId: this.deviceId, reconnectPeriod: 0 });
    client.stream.on('error', () => {});
    client.on('error', () => {});
    this.#client = client;
    for (let lane = 0; lane < 20; lane++) void this.#publishOn(client);
  }

  /** Resolves when so many have been acknowledged in all. */
  acknowledgedAtLeast(count: number): Promise<void> {
    return new Promise((resolve) => (this.#target = { count, resolve }));
  }

  async publishOne(url: string): Promise<LedgerReading> {
    const client = await connectAsync(url, { clientId: this.deviceId });
    const reading = await this.#publish(client);
    await client.endAsync();
    return reading;
  }

  async stop(): Promise<void> {
    await this.#client?.endAsync(true);
  }

  async #publishOn(client: MqttClient): Promise<void> {
    while (this.#client === client && client.connected) await this.#publish(client).catch(() => undefined);
  }

  async #publish(client: MqttClient): Promise<LedgerReading> {
    const reading = { timestamp: new Date().toISOString(), value: ++this.sent / 1000 };
    await client.publishAsync(`sensor/${this.deviceId}/temperature`, JSON.stringify(reading), { qos: 1 });
    this.acknowledged.push(reading);
    if (this.#target !== undefined && this.acknowledged.length >= this.#target.count) this.#target.resolve();
    return reading;
  }
}
