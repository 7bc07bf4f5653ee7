import { LouverError } from '@louver/core';

/** 65536 frames of 128 bands take 67 MB: more than that is a wrong hop rather than a recording. */
const MAX_FRAMES = 65536;

/**
 * Throws `E_FEATURES` for a recording without samples, without a frame or with too many; `hop` is the option that makes them fewer,
 * `enough` what would have made one.
 */
export function checkFrames(samples: number, frames: number, hop: string, enough = 'a longer one'): void {
  if (samples === 0) throw new LouverError('E_FEATURES', 'recording has no samples');
  if (frames >= 1 && frames <= MAX_FRAMES) return;
  const found = `recording of ${samples} samples makes ${frames} frames`;
  const advice = frames === 0 ? enough : `${MAX_FRAMES} at most: use a longer ${hop}`;
  throw new LouverError('E_FEATURES', `${found}, expected ${advice}`);
}
