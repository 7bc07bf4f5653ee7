import type { SimulatedQuantity, SimulatedReading } from '@louver/device-esp32';

/** What the broker has acknowledged of one device, each message once. */
export class DeviceLedger {
  readonly #counts: Record<SimulatedQuantity | 'audio', number> = { temperature: 0, humidity: 0, audio: 0 };
  /** In hundredths: sums of what has two decimals are exact. */
  readonly #hundredths: Record<SimulatedQuantity, number> = { temperature: 0, humidity: 0 };
  /** First and last of what was acknowledged one after the other: one pair, unless the device had to drop something. */
  readonly #seqs: [first: number, last: number][] = [];
  readonly #recentCommands: string[] = [];
  #commands = 0;

  constructor(
    readonly deviceId: string,
    readonly boot: number,
  ) {}

  acknowledged({ sensor, seq, value }: SimulatedReading): void {
    this.#counts[sensor]++;
    if (sensor !== 'audio' && value !== undefined) this.#hundredths[sensor] += Math.round(value * 100);
    const range = this.#seqs.at(-1);
    if (range?.[1] === seq - 1) range[1] = seq;
    else this.#seqs.push([seq, seq]);
  }

  /** False: it had come before. Brokers at QoS 1 and backends send a command again. */
  commanded(commandId: string): boolean {
    if (this.#recentCommands.includes(commandId)) return false;
    this.#recentCommands.push(commandId);
    if (this.#recentCommands.length > MOST_REMEMBERED) this.#recentCommands.shift();
    this.#commands++;
    return true;
  }

  toJSON(): DeviceLedgerJson {
    const { temperature, humidity, audio } = this.#counts;
    return {
      device_id: this.deviceId,
      boot: this.boot,
      acknowledged_seq: this.#seqs,
      temperature: { acknowledged: temperature, sum: this.#hundredths.temperature / 100 },
      humidity: { acknowledged: humidity, sum: this.#hundredths.humidity / 100 },
      audio: { acknowledged: audio },
      commands: this.#commands,
    };
  }
}

export interface DeviceLedgerJson {
  readonly device_id: string;
  /** Of this run: the ids in the database are `device_id:boot:seq` [P-5]. */
  readonly boot: number;
  /** Readings of all sensors, as pairs of a first and a last number, both of them among what was acknowledged. */
  readonly acknowledged_seq: readonly (readonly [first: number, last: number])[];
  /** `sum`: of the values, exact to two decimals. */
  readonly temperature: { readonly acknowledged: number; readonly sum: number };
  readonly humidity: { readonly acknowledged: number; readonly sum: number };
  readonly audio: { readonly acknowledged: number };
  /** Different ones. */
  readonly commands: number;
}

const MOST_REMEMBERED = 16;
