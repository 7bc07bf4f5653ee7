import { LouverError } from '@louver/core';
import { SCENES, type SoundKind } from './scenes.js';

export interface SynthesizeSoundOptions {
  /** Seconds, above 0. */
  readonly durationS: number;
  /** Samples per second, 1000..384000. */
  readonly sampleRateHz: number;
  /** Uniform in [0, 1): the same sequence makes the same sound. */
  readonly random: () => number;
  /** Gain on the scene's own loudness, 0 (silence) to 1 (default: heard outdoors, or through a window that is wide open). */
  readonly level?: number;
}

/** Root mean square outdoors at level 1, full scale 1: a quiet scene lies about 30 dB below the others. */
const LOUDNESS: Readonly<Record<SoundKind, number>> = { rain: 0.08, wind: 0.12, traffic: 0.1, quiet: 0.003 };

/** Two clips of one kind differ by up to ±4 dB: a model must not be able to learn one exact loudness. */
const SPREAD_DB = 4;

/** 10 minutes at 48 kHz, 230 MB of float64: a bound against a mistaken unit, not a use case. */
const MAX_SAMPLES = 28_800_000;

/**
 * A recording of weather or street made from filtered noise: plausible enough to tell the kinds apart by spectrum and loudness,
 * never a stand-in for real recordings. Peak within [-1, 1]. Different each time, by `random`.
 *
 * @returns `round(durationS * sampleRateHz)` mono samples.
 * @throws LouverError `E_CONFIG` when an option is outside its range.
 */
export function synthesizeSound(kind: SoundKind, options: SynthesizeSoundOptions): Float64Array {
  const { durationS, sampleRateHz, random, level = 1 } = options;
  if (!Object.hasOwn(SCENES, kind)) refuse('kind', kind, 'one of rain, wind, traffic, quiet');
  if (!(sampleRateHz >= 1000 && sampleRateHz <= 384_000)) refuse('sampleRateHz', sampleRateHz, '1000..384000');
  if (!(durationS > 0 && durationS * sampleRateHz <= MAX_SAMPLES))
    refuse('durationS', durationS, `above 0 and at most ${MAX_SAMPLES} samples`);
  if (!(level >= 0 && level <= 1)) refuse('level', level, '0..1');

  const out = new Float64Array(Math.max(1, Math.round(durationS * sampleRateHz)));
  const loudness = LOUDNESS[kind] * level * 10 ** ((SPREAD_DB * (2 * random() - 1)) / 20);
  SCENES[kind](out, sampleRateHz, random);
  scaleTo(out, loudness);
  return out;
}

/** Sets the root mean square, but never lets the peak above full scale. */
function scaleTo(samples: Float64Array, rms: number): void {
  let squares = 0;
  let peak = 0;
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i]!;
    squares += x * x;
    const size = Math.abs(x);
    if (size > peak) peak = size;
  }
  if (peak === 0) return;
  const gain = Math.min(rms / Math.sqrt(squares / samples.length), 0.999 / peak);
  for (let i = 0; i < samples.length; i++) samples[i] = samples[i]! * gain;
}

function refuse(name: string, found: unknown, expected: string): never {
  throw new LouverError('E_CONFIG', `synthesizeSound: ${name} is ${String(found)}, expected ${expected}`);
}
