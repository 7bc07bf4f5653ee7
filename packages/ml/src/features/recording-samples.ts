import { decodePcm16, decodeWav, readWavHeader, type Recording } from '@louver/core';

/**
 * Mono samples of a recording and their rate. Where header and message disagree on the rate the header wins [P-6a]. Throws `E_DECODE`
 * for a WAV file that cannot be read.
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
  return { samples: decodeWav(bytes, header), sampleRateHz: header.sampleRateHz };
}
