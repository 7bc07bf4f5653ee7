import { decodeWav, readWavHeader, type Recording, type WavHeader } from '@louver/core';

const HEADER_BYTES = 44;
const FORMAT_PCM = 1;
const BYTES_PER_SAMPLE = { u8: 1, s16: 2, s24: 3, s32: 4 } as const;

/**
 * A recording as every WAV reader opens it, Python's `wave` too: PCM with a header that tells the truth. What is like that already is handed on
 * as it is; raw PCM gains a header; a header that lies or is of the extensible kind is written anew before the same samples; floats, mixed to
 * one channel as for features, become 32-bit integers (beyond ±1 they are clipped).
 */
export function portableWav({ bytes, format, sampleRateHz }: Recording): Uint8Array {
  if (format === 'pcm_s16le') return withHeader(bytes.subarray(0, bytes.length & ~1), 1, 2, sampleRateHz);
  const header = readWavHeader(bytes);
  if (header.encoding === 'f32' || header.encoding === 'f64') {
    return withHeader(integersOf(decodeWav(bytes, header)), 1, 4, sampleRateHz);
  }
  const sampleBytes = BYTES_PER_SAMPLE[header.encoding];
  const dataBytes = header.frames * header.channels * sampleBytes;
  if (isTruthful(bytes, header, dataBytes)) return bytes;
  const data = bytes.subarray(header.dataOffset, header.dataOffset + dataBytes);
  return withHeader(data, header.channels, sampleBytes, sampleRateHz);
}

function isTruthful(bytes: Uint8Array, { dataOffset }: WavHeader, dataBytes: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const said = view.getUint32(dataOffset - 4, true);
  return said === dataBytes && formatTag(view, dataOffset) === FORMAT_PCM;
}

/** Of the fmt chunk, which lies before the data chunk. */
function formatTag(view: DataView, dataOffset: number): number | undefined {
  for (let at = 12; at + 8 < dataOffset;) {
    const size = view.getUint32(at + 4, true);
    // "fmt "
    if (view.getUint32(at, false) === 0x666d7420) return view.getUint16(at + 8, true);
    at += 8 + size + (size & 1);
  }
  return undefined;
}

function integersOf(samples: Float64Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i++) {
    const value = Math.round(samples[i]! * 0x80000000);
    view.setInt32(4 * i, value > 0x7fffffff ? 0x7fffffff : value < -0x80000000 ? -0x80000000 : value, true);
  }
  return bytes;
}

/** RIFF header of 44 bytes, then the samples. */
function withHeader(data: Uint8Array, channels: number, sampleBytes: number, sampleRateHz: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + data.length);
  const view = new DataView(bytes.buffer);
  const blockAlign = channels * sampleBytes;
  const text = (at: number, name: string): void => void new TextEncoder().encodeInto(name, bytes.subarray(at, at + 4));
  text(0, 'RIFF');
  view.setUint32(4, HEADER_BYTES - 8 + data.length, true);
  text(8, 'WAVE');
  text(12, 'fmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, FORMAT_PCM, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * blockAlign, true);
  view.setUint16(32, blockAlign, true);
  view.setUint16(34, 8 * sampleBytes, true);
  text(36, 'data');
  view.setUint32(40, data.length, true);
  bytes.set(data, HEADER_BYTES);
  return bytes;
}
