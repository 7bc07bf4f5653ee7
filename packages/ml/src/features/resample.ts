import { LouverError } from '@louver/core';

/** Filter taps on either side, in samples of the lower rate. */
const HALF_LENGTH = 10;
const KAISER_BETA = 5;
/** A filter for two rates without a common divisor has twenty times as many taps as the higher one has hertz: 31 MB of them at this one. */
const MAX_RATE_HZ = 192_000;
/** Filters kept, and taps of one that is kept: 32 MB in all. Recordings choose their rates. */
const MAX_FILTERS = 4;
const MAX_KEPT_TAPS = 1_000_000;
/** 134 MB, and 17 min at 16 kHz: who claims to be slower has to be short. */
const MAX_SAMPLES = 2 ** 24;

interface Ratio {
  readonly up: number;
  readonly down: number;
}

/**
 * The same sound at another sample rate, through a low-pass filter of linear phase: a sinc of ten zero crossings on either side under a Kaiser
 * window (β = 5), cut off at half the lower rate, with a gain of 1 at 0 Hz; before and behind the recording is silence. What lies below 0.8 of
 * half the lower rate passes within 0.1 dB, what lies above 1.2 of it is 45 dB down or more. Rates are rounded to whole hertz. Throws `E_FEATURES` for
 * rates above 192 kHz and for more than 2²⁴ samples. [scipy.signal.resample_poly with its defaults]
 */
export function resample(samples: Float64Array, fromHz: number, toHz: number): Float64Array {
  const { up, down } = ratioOf(fromHz, toHz);
  if (up === down) return samples;
  const { half, taps } = filterFor(up, down);
  const length = Math.ceil((samples.length * up) / down);
  if (length > MAX_SAMPLES) {
    const found = `resampling ${samples.length} samples from ${fromHz} to ${toHz} Hz makes ${length}`;
    throw new LouverError(
      'E_FEATURES',
      `${found}, expected ${MAX_SAMPLES} at most: cut it, or look at its sample rate`,
    );
  }
  const resampled = new Float64Array(length);
  for (let place = 0; place < resampled.length; place++) {
    // In steps of 1 / (up · fromHz): sample k lies at k · up.
    const centre = place * down;
    const first = Math.max(0, Math.ceil((centre - half) / up));
    const last = Math.min(samples.length - 1, Math.floor((centre + half) / up));
    let sum = 0;
    for (let k = first, at = centre - first * up + half; k <= last; k++, at -= up) sum += samples[k]! * taps[at]!;
    resampled[place] = sum;
  }
  return resampled;
}

function ratioOf(fromHz: number, toHz: number): Ratio {
  const [from, to] = [Math.round(fromHz), Math.round(toHz)];
  if (!(from >= 1 && to >= 1 && from <= MAX_RATE_HZ && to <= MAX_RATE_HZ)) {
    const found = `resampling from ${fromHz} to ${toHz} Hz`;
    throw new LouverError(
      'E_FEATURES',
      `${found}: expected rates from 1 to ${MAX_RATE_HZ} Hz: record at one, or analyse at its own`,
    );
  }
  let [a, b] = [from, to];
  while (b !== 0) [a, b] = [b, a % b];
  return { up: to / a, down: from / a };
}

interface Filter {
  /** Place of the middle tap. */
  readonly half: number;
  readonly taps: Float64Array;
}

const filters = new Map<string, Filter>();

/** Made once, unless it is long; the least recently used of more than four is dropped. */
function filterFor(up: number, down: number): Filter {
  const key = `${up}/${down}`;
  const filter = filters.get(key) ?? lowPass(up, down);
  filters.delete(key);
  if (filter.taps.length > MAX_KEPT_TAPS) return filter;
  filters.set(key, filter);
  if (filters.size > MAX_FILTERS) filters.delete(filters.keys().next().value!);
  return filter;
}

/** [scipy.signal.firwin(2 · half + 1, 1 / max(up, down), window=('kaiser', 5)) · up] */
function lowPass(up: number, down: number): Filter {
  const widest = Math.max(up, down);
  const half = HALF_LENGTH * widest;
  const taps = new Float64Array(2 * half + 1);
  const most = besselI0(KAISER_BETA);
  let gain = 0;
  for (let at = 0; at <= half; at++) {
    const x = (at - half) / widest;
    const sinc = at === half ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    const window = besselI0(KAISER_BETA * Math.sqrt(1 - ((at - half) / half) ** 2)) / most;
    const tap = sinc * window;
    taps[at] = tap;
    taps[2 * half - at] = tap;
    gain += at === half ? tap : 2 * tap;
  }
  for (let at = 0; at < taps.length; at++) taps[at]! *= up / gain;
  return { half, taps };
}

/** Modified Bessel function of the first kind and order 0, by its power series; for arguments up to 20. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
