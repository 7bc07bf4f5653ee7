/** A packet that arrived, without its fixed header. */
export interface Frame {
  /** First byte: type and flags. */
  readonly head: number;
  readonly body: Buffer;
}

export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const SUBACK = 9;

/** MQTT 3.1.1, clean session, no keepalive. */
export function connectPacket(clientId: string): Buffer {
  return packet(0x10, Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0]), string(clientId));
}

/**
 * @param topic with its length, see {@link string}
 * @param id 1 to 65,535; for QoS 0 none is written */
export function publishPacket(topic: Buffer, payload: Buffer, qos: 0 | 1, id: number, dup = false): Buffer {
  const head = 0x30 | (qos << 1) | (dup ? 8 : 0);
  return qos === 0 ? packet(head, topic, payload) : packet(head, topic, twoBytes(id), payload);
}

export function pubackPacket(id: number): Buffer {
  return packet(0x40, twoBytes(id));
}

/** QoS 1. */
export function subscribePacket(id: number, filter: string): Buffer {
  return packet(0x82, twoBytes(id), string(filter), Buffer.from([1]));
}

/** As it stands in a packet: with its length. Bytes need not be text. */
export function string(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([twoBytes(bytes.length), bytes]);
}

/** Topic, id and payload of a PUBLISH at QoS 1. */
export function publishOf({ body }: Frame): { readonly topic: string; readonly id: number; readonly payload: Buffer } {
  const idAt = 2 + body.readUInt16BE(0);
  return { topic: body.toString('utf8', 2, idAt), id: body.readUInt16BE(idAt), payload: body.subarray(idAt + 2) };
}

/** Cuts what arrives into packets. */
export class Frames {
  #rest: Buffer = Buffer.alloc(0);

  *of(chunk: Buffer): Generator<Frame> {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const frame = lengthAt(data, at);
      if (frame === undefined) break;
      yield { head: data[at]!, body: data.subarray(frame.bodyAt, frame.end) };
      at = frame.end;
    }
    this.#rest = data.subarray(at);
  }
}

function lengthAt(data: Buffer, at: number): { readonly bodyAt: number; readonly end: number } | undefined {
  let length = 0;
  for (let i = 1, scale = 1; i <= 4; i++, scale *= 128) {
    if (at + i >= data.length) return undefined;
    const byte = data[at + i]!;
    length += (byte & 127) * scale;
    if (byte >= 128) continue;
    const bodyAt = at + i + 1;
    return bodyAt + length > data.length ? undefined : { bodyAt, end: bodyAt + length };
  }
  throw new Error('a packet whose length has more than four bytes');
}

function packet(head: number, ...parts: readonly Buffer[]): Buffer {
  const length: number[] = [];
  let rest = parts.reduce((sum, part) => sum + part.length, 0);
  do {
    length.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from([head, ...length]), ...parts]);
}

function twoBytes(n: number): Buffer {
  return Buffer.from([n >> 8, n & 255]);
}
