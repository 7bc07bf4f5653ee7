import { createHash } from 'node:crypto';
import { encodeWav16, type Recording } from '@louver/core';
import meyda from 'meyda';

/** The object that the package exports, as anybody would use it: global settings, and banks that it keeps. */
export interface SharedMeyda {
  bufferSize: number;
  sampleRate: number;
  melBands: number;
  numberOfMFCCCoefficients: number;
  melFilterBank?: unknown;
  chromaFilterBank?: unknown;
  barkScale?: unknown;
  extract(feature: string, frame: Float32Array): number | ArrayLike<number>;
}

export const shared = meyda as object as SharedMeyda;

/** Settings of the shared Meyda with all that it kept thrown away, as in a process of its own. */
export function freshMeyda(sampleRate: number, bufferSize: number, melBands = 26): SharedMeyda {
  delete shared.melFilterBank;
  delete shared.chromaFilterBank;
  delete shared.barkScale;
  return Object.assign(shared, { sampleRate, bufferSize, melBands, numberOfMFCCCoefficients: 13 });
}

/** Whole frames, in the precision that Meyda works in. */
export function framesOf(samples: Float64Array, bufferSize: number, hopSize = bufferSize): Float32Array[] {
  const frames: Float32Array[] = [];
  for (let start = 0; start + bufferSize <= samples.length; start += hopSize) {
    frames.push(Float32Array.from(samples.subarray(start, start + bufferSize)));
  }
  return frames;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/** A tone and its first overtone, for one second. */
export function tone(sampleRateHz: number, hz = 440): Float64Array {
  const step = (2 * Math.PI * hz) / sampleRateHz;
  return Float64Array.from({ length: sampleRateHz }, (_, i) => 0.3 * Math.sin(step * i) + 0.1 * Math.sin(2 * step * i));
}

export function wavOf(samples: Float64Array, sampleRateHz: number): Recording {
  return recordingOf(
    encodeWav16(
      Int16Array.from(samples, (sample) => Math.round(sample * 32767)),
      sampleRateHz,
    ),
  );
}

/** `sampleRateHz` is what the message says: the header of the file decides. */
export function recordingOf(bytes: Uint8Array, format: Recording['format'] = 'wav', sampleRateHz = 16_000): Recording {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes, format, sampleRateHz, durationS: 1, sha256 };
}
