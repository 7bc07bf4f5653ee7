/** Packet types of MQTT 3.1.1 that come to a client [MQTT-2.2.1]. */
export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const SUBACK = 9;

const MQTT_3_1_1 = Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4]);

export interface ConnectPacket {
  readonly clientId: string;
  readonly keepaliveS: number;
  /** At QoS 1, retained. */
  readonly will: { readonly topic: string; readonly payload: string };
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** CONNECT that resumes the client's session. */
export function connectPacket({ clientId, keepaliveS, will, username, password }: ConnectPacket): Buffer {
  // Will, its QoS 1, its retain.
  let flags = 0x04 | 0x08 | 0x20;
  const parts = [text(clientId), text(will.topic), text(will.payload)];
  for (const [value, flag] of [[username, 0x80] as const, [password, 0x40] as const]) {
    if (value === undefined) continue;
    flags |= flag;
    parts.push(text(value));
  }
  return packet(0x10, MQTT_3_1_1, Buffer.from([flags]), twoBytes(keepaliveS), ...parts);
}

/** The beginning of a PUBLISH at QoS 1: what follows are `payloadBytes` of payload. */
export function publishHead(topic: string, id: number, payloadBytes: number, retain: boolean, dup: boolean): Buffer {
  const body = Buffer.concat([text(topic), twoBytes(id)]);
  return Buffer.concat([fixedHeader(0x32 | (dup ? 8 : 0) | (retain ? 1 : 0), body.length + payloadBytes), body]);
}

export function pubackPacket(id: number): Buffer {
  return packet(0x40, twoBytes(id));
}

/** At QoS 1. */
export function subscribePacket(id: number, filters: readonly string[]): Buffer {
  return packet(0x82, twoBytes(id), ...filters.map((filter) => Buffer.concat([text(filter), Buffer.from([1])])));
}

export function unsubscribePacket(id: number, filters: readonly string[]): Buffer {
  return packet(0xa2, twoBytes(id), ...filters.map(text));
}

export const PINGREQ = Buffer.from([0xc0, 0]);
export const DISCONNECT = Buffer.from([0xe0, 0]);

/** A packet that arrived, without its fixed header. */
export interface Packet {
  /** First byte: type and flags. */
  readonly head: number;
  readonly body: Buffer;
}

/** Cuts what arrives into packets; throws for one that is larger than `maxBytes` or has no length. */
export class PacketReader {
  readonly #maxBytes: number;
  #rest: Buffer | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  *packetsOf(chunk: Buffer): Generator<Packet> {
    const data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const found = this.#lengthAt(data, at);
      if (found === undefined || found.bodyAt + found.bytes > data.length) break;
      const end = found.bodyAt + found.bytes;
      yield { head: data[at]!, body: data.subarray(found.bodyAt, end) };
      at = end;
    }
    this.#rest = at === data.length ? undefined : data.subarray(at);
  }

  #lengthAt(data: Buffer, at: number): { readonly bodyAt: number; readonly bytes: number } | undefined {
    let bytes = 0;
    for (let i = 1; i <= 4; i++) {
      const byte = data[at + i];
      if (byte === undefined) return undefined;
      bytes += (byte & 127) * 128 ** (i - 1);
      if (bytes > this.#maxBytes) {
        throw new Error(`sent a packet of ${bytes} bytes or more, expected at most ${this.#maxBytes}`);
      }
      if (byte < 128) return { bodyAt: at + i + 1, bytes };
    }
    throw new Error('sent a packet whose length has more than four bytes');
  }
}

/** Topic, packet id (0 at QoS 0), payload and whether it was retained. Throws for one that ends too early. */
export function readPublish({ head, body }: Packet): {
  readonly topic: string;
  readonly id: number;
  readonly payload: Buffer;
  readonly retained: boolean;
} {
  const hasId = (head & 0x06) !== 0;
  const topicEnd = 2 + (body.length < 2 ? Infinity : body.readUInt16BE(0));
  const payloadAt = topicEnd + (hasId ? 2 : 0);
  if (payloadAt > body.length) throw new Error('sent a PUBLISH that ends within its head');
  return {
    topic: body.toString('utf8', 2, topicEnd),
    id: hasId ? body.readUInt16BE(topicEnd) : 0,
    payload: body.subarray(payloadAt),
    retained: (head & 1) === 1,
  };
}

function packet(head: number, ...parts: readonly Buffer[]): Buffer {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([fixedHeader(head, bytes), ...parts]);
}

function fixedHeader(head: number, bytes: number): Buffer {
  const header = [head];
  let rest = bytes;
  do {
    header.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.from(header);
}

/** As it stands in a packet: with its length. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([twoBytes(bytes.length), bytes]);
}

function twoBytes(n: number): Buffer {
  return Buffer.from([n >> 8, n & 255]);
}
