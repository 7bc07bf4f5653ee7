import FFT from 'fft.js';
import type { ComplexTransform, RealTransform } from './real-transform.js';

/**
 * Of any length, by way of a convolution with a chirp of a power of two that is at least twice as long. [L. Bluestein, A linear filtering approach
 * to the computation of the discrete Fourier transform, 1970]
 */
export class ChirpTransform implements RealTransform {
  readonly magnitude: Float64Array;
  readonly power: Float64Array;
  /** exp(-iπ n² / length), interleaved. */
  readonly #chirp: Float64Array;
  /** Spectrum of the conjugate chirp. */
  readonly #filter: Float64Array;
  readonly #data: Float64Array;
  readonly #spectrum: Float64Array;
  readonly #fft: ComplexTransform;

  constructor(length: number) {
    let size = 2;
    while (size < 2 * length - 1) size *= 2;
    this.#fft = new FFT(size) as ComplexTransform;
    this.#chirp = new Float64Array(2 * length);
    this.#data = new Float64Array(2 * size);
    this.#spectrum = new Float64Array(2 * size);
    this.#filter = new Float64Array(2 * size);
    for (let n = 0; n < length; n++) {
      // n² grows beyond what a cosine is exact for; its turns repeat after 2 · length.
      const angle = (Math.PI * ((n * n) % (2 * length))) / length;
      this.#chirp[2 * n] = Math.cos(angle);
      this.#chirp[2 * n + 1] = -Math.sin(angle);
      const mirror = n === 0 ? 0 : size - n;
      for (const at of [n, mirror]) {
        this.#data[2 * at] = Math.cos(angle);
        this.#data[2 * at + 1] = Math.sin(angle);
      }
    }
    this.#fft.transform(this.#filter, this.#data);
    this.magnitude = new Float64Array((length >> 1) + 1);
    this.power = new Float64Array((length >> 1) + 1);
  }

  run(frame: Float64Array): void {
    const data = this.#data;
    const spectrum = this.#spectrum;
    const filter = this.#filter;
    const chirp = this.#chirp;
    data.fill(0, 2 * frame.length);
    for (let n = 0; n < frame.length; n++) {
      data[2 * n] = frame[n]! * chirp[2 * n]!;
      data[2 * n + 1] = frame[n]! * chirp[2 * n + 1]!;
    }
    this.#fft.transform(spectrum, data);
    for (let at = 0; at < spectrum.length; at += 2) {
      const re = spectrum[at]!;
      const im = spectrum[at + 1]!;
      spectrum[at] = re * filter[at]! - im * filter[at + 1]!;
      spectrum[at + 1] = re * filter[at + 1]! + im * filter[at]!;
    }
    this.#fft.inverseTransform(data, spectrum);
    // The last factor, of magnitude 1, turns each bin and changes no magnitude.
    for (let bin = 0; bin < this.power.length; bin++) {
      const re = data[2 * bin]!;
      const im = data[2 * bin + 1]!;
      this.power[bin] = re * re + im * im;
      this.magnitude[bin] = Math.sqrt(this.power[bin]!);
    }
  }
}
