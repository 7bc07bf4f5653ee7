import { binHz } from './bin-frequency.js';
import { hzToOctaves } from './chroma.js';
import { TuningPeaks } from './tuning-peaks.js';

const FMIN_HZ = 150;
const FMAX_HZ = 4000;
/** A peak is at least this share of its frame's largest power. */
const THRESHOLD = 0.1;
/** Steps of a hundredth of a semitone, from half a semitone below to half above. */
const STEPS = 100;

/**
 * How far a recording's pitches are from A = 440 Hz, in semitones: frames are shown to it one after another, then it is asked. Of a recording
 * with more than four million peaks every second frame is looked at, or fewer: memory is bounded, not the recording.
 * [librosa.estimate_tuning over librosa.piptrack, both with their defaults, of the power spectrum]
 */
export class TuningEstimate {
  readonly #peaks: TuningPeaks;
  readonly #nFft: number;
  readonly #firstBin: number;
  readonly #endBin: number;

  /** @param maxPeaks default 2²² */
  constructor(
    private readonly sampleRateHz: number,
    nFft: number,
    maxPeaks?: number,
  ) {
    this.#peaks = new TuningPeaks(maxPeaks);
    // librosa.feature.chroma_stft hands on the spectrum alone, and an odd length is then taken for the even one below.
    this.#nFft = 2 * Math.floor(nFft / 2);
    const oneBinHz = binHz(sampleRateHz, this.#nFft);
    const bins = this.#nFft / 2 + 1;
    const fmaxHz = Math.min(FMAX_HZ, sampleRateHz / 2);
    let first = 1;
    while (first < bins && first * oneBinHz < FMIN_HZ) first++;
    let end = first;
    while (end < bins - 1 && end * oneBinHz < fmaxHz) end++;
    this.#firstBin = first;
    this.#endBin = end;
  }

  /** Peaks that are remembered. */
  get size(): number {
    return this.#peaks.hz.length;
  }

  /** Forgets the recording before. */
  begin(): void {
    this.#peaks.clear();
  }

  /** Notes the peaks of one frame, placed between bins by a parabola. */
  look(power: Float64Array): void {
    // Of two neighbours one at most is a peak.
    if (!this.#peaks.begin(Math.ceil((this.#endBin - this.#firstBin) / 2))) return;
    let largest = 0;
    for (let bin = 0; bin < power.length; bin++) largest = Math.max(largest, power[bin]!);
    const reference = THRESHOLD * largest;
    const above = (bin: number): number => (power[bin]! > reference ? power[bin]! : 0);
    for (let bin = this.#firstBin; bin < this.#endBin; bin++) {
      const here = above(bin);
      if (!(here > above(bin - 1) && here >= above(bin + 1))) continue;
      const before = power[bin - 1]!;
      const after = power[bin + 1]!;
      const slope = (after - before) / 2;
      const curvature = after + before - 2 * here;
      const shift = Math.abs(slope) >= Math.abs(curvature) ? 0 : -slope / curvature;
      this.#peaks.add(((bin + shift) * this.sampleRateHz) / this.#nFft, here + 0.5 * slope * shift);
    }
  }

  /** Semitones, -0.5 … 0.5 in hundredths: the commonest among the stronger half of the peaks; 0 without any. */
  semitones(): number {
    const { hz, strengths } = this.#peaks;
    if (hz.length === 0) return 0;
    const threshold = median(strengths);
    const counts = new Uint32Array(STEPS);
    for (let place = 0; place < hz.length; place++) {
      if (strengths[place]! >= threshold) counts[stepOf(hz[place]!)]!++;
    }
    let most = 0;
    for (let step = 1; step < STEPS; step++) if (counts[step]! > counts[most]!) most = step;
    return edge(most);
  }
}

/** As numpy's linspace makes it. */
const edge = (step: number): number => step * (1 / STEPS) - 0.5;

function stepOf(hz: number): number {
  let residual = 12 * hzToOctaves(hz);
  residual -= Math.floor(residual);
  if (residual >= 0.5) residual -= 1;
  let step = Math.min(STEPS - 1, Math.floor((residual + 0.5) * STEPS));
  // The product is rounded: the edges decide.
  while (step > 0 && residual < edge(step)) step--;
  while (step < STEPS - 1 && residual >= edge(step + 1)) step++;
  return step;
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
