import { LouverError } from '@louver/core';

/**
 * Slope (order 1) or curvature (order 2) of every row over time, by a polynomial of that order through `width` frames around each; at both
 * ends that of the first or last `width` frames. `matrix` and `out` are row-major `[rows, frames]`. Per frame, or per frame squared.
 * Throws `E_FEATURES` for a recording of fewer frames. [librosa.feature.delta, mode='interp'; scipy.signal.savgol_filter]
 */
export function delta(
  matrix: Float64Array,
  {
    rows,
    frames,
    width,
    order,
  }: { readonly rows: number; readonly frames: number; readonly width: number; readonly order: 1 | 2 },
  out: Float64Array,
): void {
  if (frames < width) {
    throw new LouverError(
      'E_FEATURES',
      `deltas over ${width} frames: the recording has ${frames}, expected at least as many: a shorter hopLength or deltaWidth, or longer recordings`,
    );
  }
  const half = (width - 1) / 2;
  const weights = order === 1 ? slopeWeights(half) : curvatureWeights(half);
  for (let row = 0; row < rows; row++) {
    const at = row * frames;
    for (let frame = half; frame < frames - half; frame++) {
      let sum = 0;
      for (let k = -half; k <= half; k++) sum += weights[k + half]! * matrix[at + frame + k]!;
      out[at + frame] = sum;
    }
    // A polynomial's highest derivative is the same everywhere.
    out.fill(out[at + half]!, at, at + half);
    out.fill(out[at + frames - half - 1]!, at + frames - half, at + frames);
  }
}

/** Least squares through 2h + 1 points: Σ k·x / Σ k². */
function slopeWeights(half: number): Float64Array {
  let squares = 0;
  for (let k = -half; k <= half; k++) squares += k * k;
  return Float64Array.from({ length: 2 * half + 1 }, (_, i) => (i - half) / squares);
}

/** Twice the coefficient of k² in the parabola of least squares: with S₂ = Σ k², S₄ = Σ k⁴ it weighs x by 2 (n k² - S₂) / (n S₄ - S₂²). */
function curvatureWeights(half: number): Float64Array {
  const count = 2 * half + 1;
  let squares = 0;
  let fourths = 0;
  for (let k = -half; k <= half; k++) {
    squares += k * k;
    fourths += k ** 4;
  }
  return Float64Array.from(
    { length: count },
    (_, i) => (2 * (count * (i - half) ** 2 - squares)) / (count * fourths - squares * squares),
  );
}
