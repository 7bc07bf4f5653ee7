import { publishPacket, string } from './raw-mqtt.js';

/** What a device measures. Each message carries its number, so that its row can be told from all others. */
export type Measure = 'temperature' | 'humidity' | 'audio';

/** So many at most, for the value to stay within what is physically possible. */
export const MOST_READINGS = 100_000;

const SAMPLE_RATE_HZ = 16_000;

/** The messages of one quantity of one device: 1, 2, 3 …; what was acknowledged of them is owed to it. */
export class FleetStream {
  readonly #topic: Buffer;
  #sent = 0;
  #acknowledged = new Uint8Array(1024);
  #count = 0;

  /** @param baseMs recordings are `baseMs` + their number; readings have the time of sending */
  constructor(
    readonly deviceId: string,
    readonly measure: Measure,
    private readonly baseMs: number,
    private readonly qos: 0 | 1,
  ) {
    this.#topic = string(`sensor/${deviceId}/${measure}`);
  }

  get sent(): number {
    return this.#sent;
  }

  get count(): number {
    return this.#count;
  }

  /** One byte for each message that was sent. */
  get acknowledged(): Uint8Array {
    return this.#acknowledged.slice(0, this.#sent);
  }

  /** The payload of the next message. */
  next(): { readonly number: number; readonly payload: Buffer } {
    const number = ++this.#sent;
    if (number > MOST_READINGS) throw new Error(`${this.deviceId} has no more numbers for its readings`);
    if (number > this.#acknowledged.length) {
      const longer = new Uint8Array(2 * this.#acknowledged.length);
      longer.set(this.#acknowledged);
      this.#acknowledged = longer;
    }
    return { number, payload: this.measure === 'audio' ? this.#recording(number) : reading(number) };
  }

  packet(payload: Buffer, id: number, dup: boolean): Buffer {
    return publishPacket(this.#topic, payload, this.qos, id, dup);
  }

  acknowledge(number: number): void {
    if (this.#acknowledged[number - 1] === 1) return;
    this.#acknowledged[number - 1] = 1;
    this.#count++;
  }

  /** A tenth of a second of a tone that is a little higher each time. */
  #recording(number: number): Buffer {
    const samples = SAMPLE_RATE_HZ / 10;
    const pcm = Buffer.alloc(2 * samples);
    const hz = 200 + (number % 2_000);
    for (let i = 0; i < samples; i++) {
      pcm.writeInt16LE(Math.round(8_000 * Math.sin((2 * Math.PI * hz * i) / SAMPLE_RATE_HZ)), 2 * i);
    }
    const timestamp = new Date(this.baseMs + number).toISOString();
    return Buffer.from(
      JSON.stringify({ data: pcm.toString('base64'), sample_rate: SAMPLE_RATE_HZ, duration: 0.1, timestamp }),
    );
  }
}

function reading(number: number): Buffer {
  return Buffer.from(`{"value":${number / 1000},"timestamp":"${new Date().toISOString()}"}`);
}
