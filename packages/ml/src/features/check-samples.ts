import { LouverError } from '@louver/core';

/** Beyond this, squares over a long frame could overflow; sound is within -1 … 1. */
const LARGEST_SAMPLE = 1e100;

/** Throws `E_FEATURES` unless every sample is a number and the rate is one: float recordings may hold NaN. */
export function checkSamples(samples: Float64Array, sampleRateHz: number): void {
  if (!(Number.isFinite(sampleRateHz) && sampleRateHz > 0)) {
    throw new LouverError('E_FEATURES', `sample rate is ${sampleRateHz} Hz, expected a number above 0`);
  }
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    if (!(sample <= LARGEST_SAMPLE && sample >= -LARGEST_SAMPLE)) {
      throw new LouverError(
        'E_FEATURES',
        `recording: sample ${i} is ${sample}, expected a number of about -1 to 1: mend it where the file is written, e.g. with numpy.nan_to_num`,
      );
    }
  }
}
