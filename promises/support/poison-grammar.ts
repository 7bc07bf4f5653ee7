/** One message as somebody might send it. */
export interface Input {
  readonly topic: string;
  readonly payload: Buffer;
}

const DEVICE_IDS = [
  'a',
  'b.c',
  'd:e-f_g',
  'x'.repeat(64),
  'x'.repeat(65),
  'a b',
  '',
  '__proto__',
  'ä',
  '..',
  "'; --",
  '%s',
];
const QUANTITIES = [
  'temperature',
  'humidity',
  'audio',
  'co2',
  'status',
  'info',
  'config',
  'constructor',
  '1x',
  'ø',
  '',
];
const NUMBERS = ['0', '-0', '21.5', '1e2', '200.1', '-100.1', '1e400', '-1e-400', '9007199254740993', '4294967296', 'NaN', 'Infinity', '0x10', '01', '"21"', 'null', 'true', '[]', '{}']; // prettier-ignore
const TIMES = ['"2026-01-01T00:00:00Z"', '"2026-01-01T00:00:00.123456+05:30"', '"1970-01-01T00:00:00Z"', '"2099-01-01T00:00:00Z"', '"0000-00-00T00:00:00Z"', '"2026-02-30T00:00:00Z"', '"yesterday"', '""', '1767225600', 'null']; // prettier-ignore
const KEYS = ['value', 'timestamp', 'seq', 'boot', 'data', 'sample_rate', 'duration', '__proto__', 'constructor', 'toString', 'device_id', 'temperature', 'humidity', 'co2', 'heating', 'position', 'command_id', 'request_id', 'confidence', 'features_used', '', 'a\\u0000b', '\\ud800']; // prettier-ignore
/** Of the good ones. */
const START_MS = Date.UTC(2026, 0, 1);
const TEXTS = ['warm', 'online', 'offline', '[21]', '{', '{"value":21', '{"value":21}}', '\ufeff{"value":21}', '{"__proto__":{"value":21}}', '"\\ud800"', '/*x*/{}', '{"value":21,"value":22}']; // prettier-ignore

/**
 * Messages that a fault, a mistake or an attacker sends, and good ones between them: topics and payloads from a grammar, some of them
 * with bytes flipped, cut off or doubled. The same for the same `random`.
 */
export function* poisonInputs(count: number, random: () => number): Generator<Input> {
  const grammar = new Grammar(random);
  for (let i = 0; i < count; i++) yield grammar.input(i);
}

class Grammar {
  constructor(private readonly random: () => number) {}

  input(number: number): Input {
    const topic = this.#topic();
    const fits = topic.endsWith('/audio') && this.#below(2) === 0;
    return { topic, payload: fits ? this.#recording(number) : this.#payload(number) };
  }

  #topic(): string {
    const id = this.#below(2) === 0 ? `good-${this.#below(100)}` : this.#one(DEVICE_IDS);
    switch (this.#below(12)) {
      case 0:
        return `devices/${id}/telemetry`;
      case 1:
        return `window/${id}/${this.#one(['control', 'state', 'set', 'nothing'])}`;
      case 2:
        return `ml/inference/${this.#one(['request', 'response'])}/${id}`;
      case 3:
        // Deep: more levels than anything means.
        return `sensor/${id}${'/x'.repeat(this.#below(40))}`;
      case 4:
        return this.#one(['sensor', '/', '//', 'sensor//temperature', '$SYS/broker', 'sensor/a/temperature/', 'Sensor/a/temperature', 'x'.repeat(1000)]); // prettier-ignore
      default:
        return `sensor/${id}/${this.#one(this.#below(2) === 0 ? ['temperature', 'humidity', 'audio'] : QUANTITIES)}`;
    }
  }

  #payload(number: number): Buffer {
    switch (this.#below(14)) {
      case 0:
        return Buffer.from(this.#one(TEXTS));
      case 1:
        return this.#bytes(this.#below(200));
      case 2:
        return this.#recording(number);
      case 3:
        return Buffer.from(this.#value(0));
      case 4:
        return this.#damaged(Buffer.from(this.#object(0)));
      case 5:
        return this.#damaged(this.#recording(number));
      case 6:
        // Over the limit, and nested deeper than anybody reads.
        return this.#below(20) > 0 ? Buffer.alloc(0) : Buffer.from('['.repeat(this.#one([100, 10_000, 70_000])));
      case 7:
        return Buffer.from(this.#object(0));
      default:
        return Buffer.from(`{"value":${number / 1e5},"timestamp":"${new Date(START_MS + number).toISOString()}"}`);
    }
  }

  #object(depth: number): string {
    const members = Array.from({ length: this.#below(6) }, () => `"${this.#one(KEYS)}":${this.#value(depth + 1)}`);
    if (this.#below(2) === 0) members.push(`"value":${this.#one(NUMBERS)}`);
    if (this.#below(2) === 0) members.push(`"timestamp":${this.#one(TIMES)}`);
    return `{${members.join(',')}}`;
  }

  #value(depth: number): string {
    if (depth > 3) return this.#one(NUMBERS);
    switch (this.#below(6)) {
      case 0:
        return this.#object(depth + 1);
      case 1:
        return `[${Array.from({ length: this.#below(4) }, () => this.#value(depth + 1)).join(',')}]`;
      case 2:
        return this.#one(TIMES);
      case 3:
        return this.#one(['"ON"', '"OFF"', '"é\\n"', '"\\u0000"', `"${'x'.repeat(this.#below(300))}"`]);
      default:
        return this.#one(NUMBERS);
    }
  }

  /** A WAV whose header lies, if it does, in one place. */
  #recording(number: number): Buffer {
    const samples = 1 + this.#below(64);
    const wav = Buffer.alloc(44 + 2 * samples);
    const place = this.#below(24);
    let field = 0;
    const truth = (value: number, lies: readonly number[]): number => (field++ === place ? this.#one(lies) : value);
    wav.write('RIFF', 0);
    wav.writeUInt32LE(truth(36 + 2 * samples, [0, 0xffffffff]), 4);
    wav.write('WAVEfmt ', 8);
    wav.writeUInt32LE(truth(16, [0, 0x7fffffff]), 16);
    wav.writeUInt16LE(truth(1, [3, 6, 0xfffe, 85]), 20);
    wav.writeUInt16LE(truth(1, [2, 0, 65_535]), 22);
    wav.writeUInt32LE(truth(16_000, [0, 0xffffffff]), 24);
    wav.writeUInt32LE(truth(32_000, [0]), 28);
    wav.writeUInt16LE(truth(2, [0, 65_535]), 32);
    wav.writeUInt16LE(truth(16, [8, 24, 0]), 34);
    wav.write('data', 36);
    wav.writeUInt32LE(truth(2 * samples, [0, 0xffffffff]), 40);
    for (let i = 0; i < samples; i++) wav.writeInt16LE(this.#below(65_536) - 32_768, 44 + 2 * i);
    const data = this.#below(4) === 0 ? this.#damaged(wav) : wav;
    const rate = this.#below(4) > 0 ? '16000' : this.#one(['0', '-1', '1e9', '"16000"', 'null']);
    const duration = this.#below(4) > 0 ? '0.1' : this.#one(NUMBERS);
    const timestamp = new Date(START_MS + number).toISOString();
    return Buffer.from(
      `{"data":"${data.toString('base64')}","sample_rate":${rate},"duration":${duration},"timestamp":"${timestamp}"}`,
    );
  }

  #damaged(bytes: Buffer): Buffer {
    if (bytes.length === 0) return bytes;
    const at = this.#below(bytes.length);
    switch (this.#below(4)) {
      case 0:
        return bytes.subarray(0, at);
      case 1:
        return Buffer.concat([bytes, bytes.subarray(at)]);
      case 2:
        return Buffer.concat([bytes.subarray(0, at), this.#bytes(1 + this.#below(4)), bytes.subarray(at)]);
      default: {
        const flipped = Buffer.from(bytes);
        flipped[at] = flipped[at]! ^ (1 << this.#below(8));
        return flipped;
      }
    }
  }

  #bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.#below(256)));
  }

  #one<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)]!;
  }

  #below(n: number): number {
    return Math.floor(this.random() * n);
  }
}
