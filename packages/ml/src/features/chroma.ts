/** Pitch classes of an octave, from C. */
export const CHROMA_ROWS = 12;
/** Middle and spread in octaves of the weight that the pitches of music get. */
const CENTRE_OCTAVE = 5;
const OCTAVE_WIDTH = 2;

/** Octaves above the A of 27.5 Hz, moved by `tuning` twelfths of an octave. [librosa.hz_to_octs] */
export function hzToOctaves(hz: number, tuning = 0): number {
  const a440 = 440 * 2 ** (tuning / CHROMA_ROWS);
  return Math.log2(hz / (a440 / 16));
}

/**
 * Weight of each bin in each pitch class, row-major `[12, bins]`, from C, rounded to float32 as librosa does.
 * @param tuning deviation from A = 440 Hz in semitones. [librosa.filters.chroma, octwidth=2, norm=2, base_c=True, dtype=float32]
 */
export function chromaFilterBank(sampleRateHz: number, nFft: number, tuning: number): Float64Array {
  const bins = Math.floor(nFft / 2) + 1;
  const positions = new Float64Array(nFft);
  // Not as other features have it: here librosa asks numpy.linspace.
  const stepHz = sampleRateHz / nFft;
  for (let bin = 1; bin < nFft; bin++) {
    positions[bin] = CHROMA_ROWS * hzToOctaves(bin * stepHz, tuning);
  }
  // 0 Hz has no octave: it is put one and a half below the first bin.
  positions[0] = positions[1]! - 1.5 * CHROMA_ROWS;
  const weights = new Float64Array(CHROMA_ROWS * bins);
  const column = new Float64Array(CHROMA_ROWS);
  for (let bin = 0; bin < bins; bin++) {
    const width = bin + 1 < nFft ? Math.max(positions[bin + 1]! - positions[bin]!, 1) : 1;
    let squares = 0;
    for (let row = 0; row < CHROMA_ROWS; row++) {
      const distance = remainder(positions[bin]! - row + 10.5 * CHROMA_ROWS, CHROMA_ROWS) - CHROMA_ROWS / 2;
      column[row] = Math.exp(-0.5 * ((2 * distance) / width) ** 2);
      squares += column[row]! ** 2;
    }
    const octave = Math.exp(-0.5 * ((positions[bin]! / CHROMA_ROWS - CENTRE_OCTAVE) / OCTAVE_WIDTH) ** 2);
    const scale = octave / Math.sqrt(squares);
    // Positions count from A, rows from C, three semitones up.
    for (let row = 0; row < CHROMA_ROWS; row++) {
      weights[row * bins + bin] = Math.fround(column[(row + 3) % CHROMA_ROWS]! * scale);
    }
  }
  return weights;
}

/** With the sign of the divisor, as Python's. */
const remainder = (a: number, b: number): number => ((a % b) + b) % b;

/**
 * Pitch classes of one frame's power spectrum, the strongest 1, into its column of `out`, row-major `[12, frames]`; zeros for a silent
 * frame. [librosa.feature.chroma_stft, norm=inf]
 */
export function chroma(
  bank: Float64Array,
  power: Float64Array,
  frame: number,
  frames: number,
  out: Float64Array,
): void {
  const bins = power.length;
  let most = 0;
  for (let row = 0; row < CHROMA_ROWS; row++) {
    let sum = 0;
    for (let bin = 0, at = row * bins; bin < bins; bin++) sum += bank[at + bin]! * power[bin]!;
    out[row * frames + frame] = sum;
    most = Math.max(most, sum);
  }
  // Below the smallest normal number nothing is scaled. [librosa.util.normalize]
  if (most < SMALLEST_NORMAL) return;
  for (let row = 0; row < CHROMA_ROWS; row++) out[row * frames + frame]! /= most;
}

const SMALLEST_NORMAL = 2 ** -1022;
