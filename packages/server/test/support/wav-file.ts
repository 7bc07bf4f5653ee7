export interface WavFields {
  /** Format tag: 1 PCM (default), 3 float, 0xfffe extensible with `extensible` as the tag within. */
  readonly tag?: number;
  readonly extensible?: number;
  readonly channels?: number;
  readonly rateHz?: number;
  readonly bits?: number;
  /** Bytes of a frame; default from channels and bits. */
  readonly blockAlign?: number;
  /** What the data chunk says of its size, and the RIFF header of the file's; default the truth. */
  readonly dataBytes?: number;
  readonly riffBytes?: number;
  /** Chunks before and behind the data. */
  readonly before?: Uint8Array;
  readonly behind?: Uint8Array;
}

/** A WAV file, field by field, true or not. */
export function wavFile(data: Uint8Array, fields: WavFields = {}): Uint8Array {
  const { tag = 1, extensible, channels = 1, rateHz = 16_000, bits = 16, before = empty, behind = empty } = fields;
  const blockAlign = fields.blockAlign ?? Math.ceil(bits / 8) * channels;
  const format = [u16(extensible === undefined ? tag : 0xfffe), u16(channels), u32(rateHz), u32(rateHz * blockAlign)];
  format.push(u16(blockAlign), u16(bits));
  if (extensible !== undefined) {
    // Size of what follows, valid bits, speakers, and the tag as the head of a GUID.
    format.push(u16(22), u16(bits), u32(0), u16(extensible), Buffer.from('000000001000800000aa00389b71', 'hex'));
  }
  const dataChunk = [Buffer.from('data'), u32(fields.dataBytes ?? data.length), data];
  const body = Buffer.concat([Buffer.from('WAVE'), chunk('fmt ', Buffer.concat(format)), before, ...dataChunk, behind]);
  return Uint8Array.from(Buffer.concat([Buffer.from('RIFF'), u32(fields.riffBytes ?? body.length), body]));
}

/** With the pad byte that an odd size has behind it. */
export function chunk(name: string, content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(name), u32(content.length), content, Buffer.alloc(content.length % 2)]);
}

/** Samples as PCM of 8 (unsigned), 16, 24 or 32 bits. Those given have to be whole in it. */
export function pcm(samples: readonly number[], bits: 8 | 16 | 24 | 32): Uint8Array {
  const bytes = Buffer.alloc((samples.length * bits) / 8);
  samples.forEach((sample, i) => {
    const value = sample * 2 ** (bits - 1);
    if (!Number.isInteger(value)) throw new Error(`${sample} is not whole in ${bits} bits`);
    if (bits === 8) bytes.writeUInt8(value + 128, i);
    else bytes.writeIntLE(value, (i * bits) / 8, bits / 8);
  });
  return bytes;
}

export function floats(samples: readonly number[], bits: 32 | 64): Uint8Array {
  return bits === 32 ? bytesOf(Float32Array.from(samples)) : bytesOf(Float64Array.from(samples));
}

const empty = new Uint8Array(0);
const bytesOf = ({ buffer }: Float32Array | Float64Array): Uint8Array => new Uint8Array(buffer);

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
