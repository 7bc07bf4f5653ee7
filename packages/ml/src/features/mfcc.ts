/** Rows of the orthonormal DCT-II, row-major `[nMfcc, nMels]`. [scipy.fft.dct, type=2, norm='ortho'] */
export function dctBasis(nMfcc: number, nMels: number): Float64Array {
  const basis = new Float64Array(nMfcc * nMels);
  for (let row = 0; row < nMfcc; row++) {
    const scale = Math.sqrt((row === 0 ? 1 : 2) / nMels);
    for (let mel = 0; mel < nMels; mel++) {
      basis[row * nMels + mel] = scale * Math.cos((Math.PI * row * (2 * mel + 1)) / (2 * nMels));
    }
  }
  return basis;
}

/** The DCT with its rows scaled by the cepstral lifter: 1 + lifter/2 · sin(π(n+1)/lifter). [librosa.feature.mfcc] */
export function mfccBasis(nMfcc: number, nMels: number, lifter: number): Float64Array {
  const basis = dctBasis(nMfcc, nMels);
  if (lifter > 0) {
    for (let row = 0; row < nMfcc; row++) {
      const factor = 1 + (lifter / 2) * Math.sin((Math.PI * (row + 1)) / lifter);
      for (let mel = 0; mel < nMels; mel++) basis[row * nMels + mel]! *= factor;
    }
  }
  return basis;
}

/**
 * MFCC of all frames: `melDb` is frame after frame `[frames, nMels]`, `out` row-major `[nMfcc, frames]`. [librosa.feature.mfcc]
 */
export function mfcc(melDb: Float64Array, frames: number, nMels: number, basis: Float64Array, out: Float64Array): void {
  const rows = basis.length / nMels;
  for (let frame = 0; frame < frames; frame++) {
    const from = frame * nMels;
    for (let row = 0; row < rows; row++) {
      const weights = row * nMels;
      let sum = 0;
      for (let mel = 0; mel < nMels; mel++) sum += basis[weights + mel]! * melDb[from + mel]!;
      out[row * frames + frame] = sum;
    }
  }
}
