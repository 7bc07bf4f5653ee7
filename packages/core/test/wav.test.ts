import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LouverError } from '../src/errors.js';
import { decodePcm16, decodeWav, encodeWav16, looksLikeWav, readWavHeader } from '../src/wav.js';

interface Expected {
  readonly file: string;
  readonly description: string;
  readonly bytes: number;
  readonly libsndfile: 'decoded' | 'refused';
  readonly sample_rate?: number;
  readonly channels?: number;
  readonly frames?: number;
  readonly samples_by_channel?: readonly (readonly number[])[];
}

const folder = new URL('./fixtures/wav-formats/', import.meta.url);
const { files } = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as { files: Expected[] };
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));

function refusalOf(run: () => unknown): LouverError {
  try {
    run();
  } catch (error) {
    if (LouverError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('as libsndfile decodes or refuses', () => {
  test.each(files)('$file: $description is $libsndfile', (expected) => {
    const bytes = read(expected.file);
    expect(bytes.length).toBe(expected.bytes);
    if (expected.libsndfile === 'refused') {
      const error = refusalOf(() => decodeWav(bytes));
      expect(error).toMatchObject({ code: 'E_DECODE', reason: 'bad-recording', retryable: false });
      return;
    }
    const header = readWavHeader(bytes);
    expect(header.sampleRateHz).toBe(expected.sample_rate);
    expect(header.channels).toBe(expected.channels);
    expect(header.frames).toBe(expected.frames);
    expect(header.truncated).toBe(expected.file === 'truncated_data.wav');
    expect(header.durationS).toBe(expected.frames! / expected.sample_rate!);
    const channels = expected.samples_by_channel!;
    const mono = channels[0]!.map((_, i) => channels.reduce((sum, channel) => sum + channel[i]!, 0) / channels.length);
    expect(Array.from(decodeWav(bytes))).toEqual(mono);
  });
});

test('the bytes may begin anywhere in their buffer', () => {
  const bytes = read('f64_mono.wav');
  const shifted = new Uint8Array(bytes.length + 3).subarray(3);
  shifted.set(bytes);
  expect(decodeWav(shifted)).toEqual(decodeWav(bytes));
});

test('arbitrary bytes are decoded or refused with E_DECODE, nothing else', () => {
  const base = files.map((file) => read(file.file));
  const mutated = fc
    .tuple(fc.constantFrom(...base), fc.array(fc.tuple(fc.nat(80), fc.nat(255))), fc.nat(500))
    .map(([bytes, edits, length]) => {
      const copy = bytes.slice(0, length);
      for (const [at, value] of edits) if (at < copy.length) copy[at] = value;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
      try {
        const header = readWavHeader(bytes);
        expect(decodeWav(bytes).length).toBe(header.frames);
        expect(header.frames).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toMatchObject({ name: 'LouverError', code: 'E_DECODE', reason: 'bad-recording' });
      }
    }),
    { numRuns: 3000 },
  );
});

test('a chunk list that never reaches the data ends', () => {
  const bytes = new Uint8Array(2 * 1024 * 1024);
  bytes.set(read('s16_mono.wav').subarray(0, 12));
  expect(refusalOf(() => readWavHeader(bytes)).message).toContain('no fmt chunk');
});

test('24 bits in 32-bit containers are refused, not read as noise', () => {
  const bytes = read('s24_mono.wav');
  new DataView(bytes.buffer).setUint16(32, 4, true);
  expect(refusalOf(() => readWavHeader(bytes)).message).toContain('32-bit containers');
});

test('an unknown codec is named with what to do', () => {
  expect(refusalOf(() => readWavHeader(read('unknown_codec.wav'))).message).toBe(
    'E_DECODE: WAV: format tag 0x1234, expected PCM (0x0001) or IEEE float (0x0003): convert the recording to PCM',
  );
});

describe('16-bit writing and raw PCM', () => {
  test('what was written reads back the same, sample for sample', () => {
    fc.assert(
      fc.property(fc.int16Array(), fc.integer({ min: 1, max: 192_000 }), (samples, rate) => {
        const bytes = encodeWav16(samples, rate);
        expect(looksLikeWav(bytes)).toBe(true);
        const header = readWavHeader(bytes);
        expect(header).toMatchObject({ sampleRateHz: rate, channels: 1, encoding: 's16', truncated: false });
        const decoded = decodeWav(bytes, header);
        expect(Array.from(decoded, (x) => x * 32768)).toEqual(Array.from(samples));
        expect(encodeWav16(decoded, rate)).toEqual(bytes);
        expect(decodePcm16(bytes.subarray(44))).toEqual(decoded);
      }),
    );
  });

  test('floats beyond full scale are clipped, NaN is silence', () => {
    const decoded = decodeWav(encodeWav16(Float32Array.of(2, -2, NaN, 0.5), 8000));
    expect(Array.from(decoded)).toEqual([32767 / 32768, -1, 0, 0.5]);
  });

  test('a last odd byte of raw PCM is left out', () => {
    expect(Array.from(decodePcm16(Uint8Array.of(0, 0x40, 0xff)))).toEqual([0.5]);
  });

  test.each([0, -1, 1.5, NaN])('a sample rate of %s is refused', (rate) => {
    expect(() => encodeWav16(new Int16Array(1), rate)).toThrow('expected a whole number from 1');
  });
});
