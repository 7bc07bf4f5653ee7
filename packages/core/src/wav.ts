import { LouverError } from './errors.js';

/** How one sample is stored: unsigned 8 bit, signed 16, 24, 32 bit, or IEEE float. All little-endian. */
export type WavEncoding = 'u8' | 's16' | 's24' | 's32' | 'f32' | 'f64';

/** What the header of a WAV file says, corrected by what is really there. */
export interface WavHeader {
  /** Frames per second, at least 1. */
  readonly sampleRateHz: number;
  /** Interleaved channels, at least 1. */
  readonly channels: number;
  readonly encoding: WavEncoding;
  /** Whole sample frames present in the file; may be 0. */
  readonly frames: number;
  /** `frames / sampleRateHz`. */
  readonly durationS: number;
  /** Where the first sample lies. */
  readonly dataOffset: number;
  /** The file ends before its data chunk says it does; `frames` counts what is there. */
  readonly truncated: boolean;
}

const BYTES_PER_SAMPLE: Readonly<Record<WavEncoding, number>> = { u8: 1, s16: 2, s24: 3, s32: 4, f32: 4, f64: 8 };

const FORMAT_PCM = 0x0001;
const FORMAT_FLOAT = 0x0003;
const FORMAT_EXTENSIBLE = 0xfffe;
/** What streaming encoders write where they do not know the length yet. */
const SIZE_UNKNOWN = 0xffffffff;

/** What to do about a header that no recorder meant. */
const DAMAGED = ': the file is damaged or was never finished, record or copy it again';

/** Chunk names as they read in little-endian uint32: no string is made per chunk. */
const RIFF = 0x46464952;
const WAVE = 0x45564157;
const FMT = 0x20746d66;
const DATA = 0x61746164;

function refuse(message: string): LouverError {
  return new LouverError('E_DECODE', message, { reason: 'bad-recording' });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether the bytes begin as a RIFF file does: what tells WAV from raw PCM on the wire (P-6a). */
export function looksLikeWav(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x52 && bytes[1] === 0x49 && bytes[2] === 0x46 && bytes[3] === 0x46;
}

function encodingOf(view: DataView, at: number, size: number): WavEncoding {
  let tag = view.getUint16(at, true);
  if (tag === FORMAT_EXTENSIBLE) {
    if (size < 26) throw refuse(`WAV: WAVE_FORMAT_EXTENSIBLE with a fmt chunk of ${size} bytes, expected 40${DAMAGED}`);
    tag = view.getUint16(at + 24, true);
  }
  const bits = view.getUint16(at + 14, true);
  if (tag === FORMAT_PCM) {
    // 24 bits in containers of 4 bytes would read as noise with a stride of 3.
    const padded = bits === 24 && view.getUint16(at + 12, true) === 4 * view.getUint16(at + 2, true);
    if (bits === 8) return 'u8';
    if (bits === 16) return 's16';
    if (bits === 24 && !padded) return 's24';
    if (bits === 32) return 's32';
    const found = `PCM of ${bits} bits${padded ? ' in 32-bit containers' : ''}`;
    throw refuse(`WAV: ${found}, expected 8, 16, 24 or 32: convert the recording to 16 bits`);
  }
  if (tag === FORMAT_FLOAT) {
    if (bits === 32) return 'f32';
    if (bits === 64) return 'f64';
    throw refuse(`WAV: float of ${bits} bits, expected 32 or 64: convert the recording to PCM of 16 bits`);
  }
  const found = `0x${tag.toString(16).padStart(4, '0')}`;
  throw refuse(`WAV: format tag ${found}, expected PCM (0x0001) or IEEE float (0x0003): convert the recording to PCM`);
}

/**
 * Reads the header of a WAV file without touching a sample. Chunks may come in any order and be of odd size; the sizes in the RIFF
 * header are not believed, a data chunk of size 0xFFFFFFFF runs to the end of the file. Throws `E_DECODE` (`bad-recording`) for
 * anything that libsndfile refuses. [P-6a]
 */
export function readWavHeader(bytes: Uint8Array): WavHeader {
  const view = viewOf(bytes);
  const end = bytes.length;
  if (end < 12 || view.getUint32(0, true) !== RIFF || view.getUint32(8, true) !== WAVE) {
    throw refuse(`not a WAV file: ${end} bytes that do not begin with RIFF....WAVE: convert the recording to PCM WAV`);
  }
  let encoding: WavEncoding | undefined;
  let channels = 0;
  let sampleRateHz = 0;
  for (let at = 12; at + 8 <= end;) {
    const name = view.getUint32(at, true);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name === FMT && encoding === undefined) {
      if (size < 16 || body + size > end) {
        throw refuse(
          `WAV: fmt chunk of ${size} bytes with ${end - body} left in the file, expected at least 16${DAMAGED}`,
        );
      }
      encoding = encodingOf(view, body, size);
      channels = view.getUint16(body + 2, true);
      sampleRateHz = view.getUint32(body + 4, true);
      if (channels === 0) throw refuse(`WAV: 0 channels, expected at least 1${DAMAGED}`);
      if (sampleRateHz === 0) throw refuse(`WAV: sample rate 0, expected at least 1 Hz${DAMAGED}`);
    } else if (name === DATA) {
      if (encoding === undefined) throw refuse(`WAV: data chunk, expected a fmt chunk before it${DAMAGED}`);
      const present = Math.min(size, end - body);
      const frames = Math.floor(present / (channels * BYTES_PER_SAMPLE[encoding]));
      const truncated = size !== SIZE_UNKNOWN && present < size;
      return {
        sampleRateHz,
        channels,
        encoding,
        frames,
        durationS: frames / sampleRateHz,
        dataOffset: body,
        truncated,
      };
    }
    // Chunks begin on even offsets: a pad byte follows an odd size.
    at = body + size + (size & 1);
  }
  throw refuse(`WAV: no ${encoding === undefined ? 'fmt' : 'data'} chunk in ${end} bytes, expected one${DAMAGED}`);
}

/** Why a WAV file has no frames, and what to do: recorders that never go back to their header leave a size of 0 there. */
export function emptyWavText(bytes: Uint8Array, { dataOffset }: WavHeader): string {
  const follow = bytes.length - dataOffset;
  const said = viewOf(bytes).getUint32(dataOffset - 4, true);
  if (said > 0 || follow === 0) return `WAV of ${bytes.length} bytes holds no sample, expected at least 1`;
  return (
    `WAV holds no sample: its data chunk says 0 bytes, and ${follow} follow: write the size when the recording ends, ` +
    'or 0xFFFFFFFF (to the end of the file) before it begins'
  );
}

/**
 * Decodes a WAV file to one channel of float64: integers divided by 2^(bits-1) (8 bit: (byte - 128) / 128), floats as they are, neither
 * clipped nor checked for NaN; channels averaged. No resampling. `header` saves reading it again. Throws as `readWavHeader`.
 */
export function decodeWav(bytes: Uint8Array, header: WavHeader = readWavHeader(bytes)): Float64Array {
  const { frames, channels, encoding, dataOffset } = header;
  const mono = new Float64Array(frames);
  const samples = channels === 1 ? mono : new Float64Array(frames * channels);
  fill(samples, bytes, dataOffset, encoding);
  if (channels > 1) {
    for (let frame = 0, at = 0; frame < frames; frame++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) sum += samples[at++]!;
      mono[frame] = sum / channels;
    }
  }
  return mono;
}

/** Decodes raw signed 16-bit little-endian mono PCM to float64 in -1 … 1; a last odd byte is left out. */
export function decodePcm16(bytes: Uint8Array): Float64Array {
  const samples = new Float64Array(bytes.length >> 1);
  fill(samples, bytes, 0, 's16');
  return samples;
}

/** One plain loop per encoding: a loop with the switch inside, or `from` with a callback, is 5 to 17 times slower. */
function fill(out: Float64Array, bytes: Uint8Array, start: number, encoding: WavEncoding): void {
  const n = out.length;
  let at = start;
  switch (encoding) {
    case 'u8':
      for (let i = 0; i < n; i++) out[i] = (bytes[at++]! - 128) / 128;
      return;
    case 's16':
      for (let i = 0; i < n; i++, at += 2) out[i] = (bytes[at]! | ((bytes[at + 1]! << 24) >> 16)) / 0x8000;
      return;
    case 's24':
      for (let i = 0; i < n; i++, at += 3) {
        out[i] = (bytes[at]! | (bytes[at + 1]! << 8) | ((bytes[at + 2]! << 24) >> 8)) / 0x800000;
      }
      return;
    case 's32':
      for (let i = 0; i < n; i++, at += 4) {
        const sample = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
        out[i] = sample / 0x80000000;
      }
      return;
    case 'f32': {
      const view = viewOf(bytes);
      for (let i = 0; i < n; i++, at += 4) out[i] = view.getFloat32(at, true);
      return;
    }
    case 'f64': {
      const view = viewOf(bytes);
      for (let i = 0; i < n; i++, at += 8) out[i] = view.getFloat64(at, true);
    }
  }
}

/** Size of a plain WAV header. */
export const WAV_HEADER_BYTES = 44;

/** The header before `dataBytes` (even) bytes of one channel of signed 16-bit little-endian PCM. */
export function wavHeader16(dataBytes: number, sampleRateHz: number): Uint8Array {
  const header = new Uint8Array(WAV_HEADER_BYTES);
  const view = viewOf(header);
  view.setUint32(0, RIFF, true);
  view.setUint32(4, WAV_HEADER_BYTES - 8 + dataBytes, true);
  view.setUint32(8, WAVE, true);
  view.setUint32(12, FMT, true);
  view.setUint32(16, 16, true);
  view.setUint16(20, FORMAT_PCM, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  view.setUint32(36, DATA, true);
  view.setUint32(40, dataBytes, true);
  return header;
}

/**
 * Encodes one channel as a 16-bit PCM WAV file with a plain 44-byte header. Floats are in -1 … 1, scaled by 32768, rounded to nearest and
 * clipped (NaN becomes 0), so that decoding and encoding 16-bit sound changes nothing; `Int16Array` is written as it is.
 */
export function encodeWav16(samples: Float64Array | Float32Array | Int16Array, sampleRateHz: number): Uint8Array {
  if (!Number.isInteger(sampleRateHz) || sampleRateHz < 1 || sampleRateHz > 0x7fffffff) {
    throw new LouverError('E_CONFIG', `encodeWav16: sampleRateHz is ${sampleRateHz}, expected a whole number from 1`);
  }
  const dataBytes = samples.length * 2;
  const bytes = new Uint8Array(WAV_HEADER_BYTES + dataBytes);
  bytes.set(wavHeader16(dataBytes, sampleRateHz));
  const view = viewOf(bytes);
  const scale = samples instanceof Int16Array ? 1 : 0x8000;
  for (let i = 0, at = WAV_HEADER_BYTES; i < samples.length; i++, at += 2) {
    const value = Math.round(samples[i]! * scale);
    view.setInt16(at, value > 0x7fff ? 0x7fff : value < -0x8000 ? -0x8000 : value, true);
  }
  return bytes;
}
