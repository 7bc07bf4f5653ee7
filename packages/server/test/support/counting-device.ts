import { connectAsync, type MqttClient } from 'mqtt';

const LANES = 20;
/** What its flash holds; beyond that it would have to give something up. */
const LOG_SIZE = 4_000;
/** Without word of what it sent it sends it again. */
const PATIENCE_MS = 1_000;

interface Logged {
  readonly boot: number;
  readonly seq: number;
  readonly value: number;
  readonly payload: string;
  /** Some broker has acknowledged it. */
  taken: boolean;
}

/**
 * A device with a log of its readings that forgets only what it is told to forget (P-32): a broker's acknowledgement frees the line, not the
 * log. After every connection, and when it hears nothing, it sends what it still holds.
 */
export class CountingDevice {
  /** Values that it has measured, each once: 0.001, 0.002, … */
  measured = 0;
  /** Messages that a broker had acknowledged and that had to be sent again. */
  repeated = 0;
  acknowledgements = 0;
  #boot = 1;
  #seq = 0;
  #log: Logged[] = [];
  #queue: Logged[] = [];
  #heardMs = Date.now();
  #url: string | undefined;
  #client: MqttClient | undefined;
  #running: Promise<void> = Promise.resolve();
  #measuring: NodeJS.Timeout | undefined;

  constructor(private readonly deviceId: string) {}

  get held(): number {
    return this.#log.length;
  }

  /** Measures from now on, whether somebody listens or not. */
  start(): void {
    this.#measuring = setInterval(() => {
      for (let i = 0; i < 5 && this.#log.length < LOG_SIZE; i++) this.#measure();
    }, 10);
    this.#running = this.#run();
  }

  /** Where its broker is now. */
  use(url: string): void {
    this.#url = url;
  }

  /** It starts again: the log is what remains. */
  async reboot(): Promise<void> {
    this.#boot++;
    this.#seq = 0;
    await this.#client?.endAsync(true);
  }

  stopMeasuring(): void {
    clearInterval(this.#measuring);
  }

  async stop(): Promise<void> {
    this.stopMeasuring();
    this.#measuring = undefined;
    this.#url = '';
    await this.#client?.endAsync(true);
    await this.#running;
  }

  #measure(): void {
    const [boot, seq, value] = [this.#boot, this.#seq++, ++this.measured / 1000];
    const payload = JSON.stringify({ value, timestamp: new Date().toISOString(), boot, seq });
    const logged = { boot, seq, value, payload, taken: false };
    this.#log.push(logged);
    this.#queue.push(logged);
  }

  async #run(): Promise<void> {
    while (this.#url !== '') {
      if (this.#url !== undefined) await this.#session(this.#url).catch(() => undefined);
      await pause(20);
    }
  }

  async #session(url: string): Promise<void> {
    const client = await connectAsync(url, { clientId: this.deviceId, reconnectPeriod: 0, connectTimeout: 2_000 });
    const closed = new Promise<void>((resolve) => client.once('close', resolve));
    client.on('error', () => {});
    client.stream.on('error', () => {});
    client.on('message', (_topic, payload) => this.#forget(payload.toString()));
    this.#client = client;
    try {
      await client.subscribeAsync(`sensor/${this.deviceId}/ack`, { qos: 1 });
      const first = this.#log.find(({ boot }) => boot === this.#boot)?.seq ?? this.#seq;
      const info = JSON.stringify({ v: 1, fw: '1.0.0', board: 'test', boot: this.#boot, first_seq: first });
      await client.publishAsync(`sensor/${this.deviceId}/info`, info, { qos: 1, retain: true });
      this.#queue = [...this.#log];
      this.#heardMs = Date.now();
      const lanes = Array.from({ length: LANES }, () => this.#lane(client));
      await closed;
      await client.endAsync(true);
      await Promise.all(lanes);
    } finally {
      await client.endAsync(true);
    }
  }

  async #lane(client: MqttClient): Promise<void> {
    while (client.connected && this.#client === client) {
      const next = this.#queue.shift();
      if (next === undefined) {
        if (Date.now() - this.#heardMs > PATIENCE_MS) {
          this.#heardMs = Date.now();
          this.#queue = [...this.#log];
        }
        await pause(10);
        continue;
      }
      if (next.taken) this.repeated++;
      const topic = `sensor/${this.deviceId}/temperature`;
      await client.publishAsync(topic, next.payload, { qos: 1 }).then(
        () => (next.taken = true),
        () => undefined,
      );
    }
  }

  #forget(payload: string): void {
    const upTo = JSON.parse(payload) as { v: number; boot: number; seq: number };
    this.acknowledgements++;
    const before = this.#log.length;
    this.#log = this.#log.filter(({ boot, seq }) => boot !== upTo.boot || seq > upTo.seq);
    if (this.#log.length < before) this.#heardMs = Date.now();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
