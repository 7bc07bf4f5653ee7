/** Fourier transform of real frames of one length. */
export interface RealTransform {
  /** `|X|` of the frame last transformed, `⌊n / 2⌋ + 1` bins. */
  readonly magnitude: Float64Array;
  /** `|X|²` of the frame last transformed. */
  readonly power: Float64Array;
  /** `frame` has the transform's length. Only Float64Array goes through fft.js: a second array type in the process would halve its speed. */
  run(frame: Float64Array): void;
}

/** What is used of fft.js; data is interleaved: real, imaginary, real, … */
export interface ComplexTransform {
  transform(out: Float64Array, data: Float64Array): void;
  inverseTransform(out: Float64Array, data: Float64Array): void;
}
