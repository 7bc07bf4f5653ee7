import { decodePcm16, decodeWav, emptyWavText, LouverError, readWavHeader, type Recording } from '@louver/core';

/**
 * Mono samples of a recording and their rate. Where header and message disagree on the rate the header wins [P-6a]. Throws `E_DECODE`
 * for a WAV file that cannot be read or holds no sample.
 */
export function recordingSamples({
  bytes,
  format,
  sampleRateHz,
}: Pick<Recording, 'bytes' | 'format' | 'sampleRateHz'>): {
  readonly samples: Float64Array;
  readonly sampleRateHz: number;
} {
  if (format === 'pcm_s16le') return { samples: decodePcm16(bytes), sampleRateHz };
  const header = readWavHeader(bytes);
  if (header.frames === 0) {
    throw new LouverError('E_DECODE', emptyWavText(bytes, header), { reason: 'bad-recording' });
  }
  return { samples: decodeWav(bytes, header), sampleRateHz: header.sampleRateHz };
}
