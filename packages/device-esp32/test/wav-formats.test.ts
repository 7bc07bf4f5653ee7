import { readdirSync, readFileSync } from 'node:fs';
import { LouverError } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { esp32Codec } from '../src/index.js';

const folder = new URL('../../core/test/fixtures/wav-formats/', import.meta.url);
interface Expected {
  readonly file: string;
  readonly libsndfile: 'decoded' | 'refused';
  readonly sample_rate: number;
  readonly frames: number;
}
const { files } = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as { files: Expected[] };

/** Without `RIFF` it is raw PCM to the codec, not a WAV to be refused [P-6a]. */
const NOT_WAV = ['not_riff.wav', 'empty_file.wav'];

describe('WAV files as libsndfile reads them [P-6a]', () => {
  const codec = esp32Codec();
  const cases = files.filter(({ file }) => !NOT_WAV.includes(file) && readdirSync(folder).includes(file));
  test.each(cases.map((one) => [one.file, one] as const))('%s', (file, expected) => {
    const bytes = readFileSync(new URL(file, folder));
    const payload = Buffer.from(JSON.stringify({ data: bytes.toString('base64'), sample_rate: 1 }));
    const decode = () => codec.decode({ topic: 'sensor/d/audio', payload, receivedAtMs: 1e12, deliveryId: 'j:1' });
    if (expected.libsndfile === 'refused' || expected.frames === 0) {
      try {
        decode();
        expect.unreachable();
      } catch (error) {
        expect(LouverError.is(error) && error.reason).toBe('bad-recording');
      }
      return;
    }
    expect(decode()).toMatchObject([
      {
        kind: 'waveform',
        recording: {
          format: 'wav',
          sampleRateHz: expected.sample_rate,
          durationS: expected.frames / expected.sample_rate,
        },
      },
    ]);
  });
});
