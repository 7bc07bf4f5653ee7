import { ChirpTransform } from './chirp-transform.js';
import { HalvedTransform } from './halved-transform.js';
import { hannWindow } from './hann-window.js';
import type { SpectralParameters } from './parameters.js';
import type { RealTransform } from './real-transform.js';

/** Magnitude and power of one frame after another; zeros stand before and after the recording. [librosa.stft, pad_mode='constant'] */
export class ShortTimeSpectrum {
  readonly #window: Float64Array;
  readonly #frame: Float64Array;
  readonly #transform: RealTransform;

  constructor({ nFft, winLength }: Pick<SpectralParameters, 'nFft' | 'winLength'>) {
    this.#window = hannWindow(winLength, nFft);
    this.#frame = new Float64Array(nFft);
    this.#transform = (nFft & (nFft - 1)) === 0 ? new HalvedTransform(nFft) : new ChirpTransform(nFft);
  }

  /** `|X|` of the frame last transformed, `⌊nFft / 2⌋ + 1` bins. */
  get magnitude(): Float64Array {
    return this.#transform.magnitude;
  }

  /** `|X|²` of the frame last transformed. */
  get power(): Float64Array {
    return this.#transform.power;
  }

  /** Transforms the frame whose first sample is `samples[start]`; `start` may lie before the recording. */
  transform(samples: Float64Array, start: number): void {
    const frame = this.#frame;
    const window = this.#window;
    const from = Math.min(Math.max(0, -start), frame.length);
    const to = Math.max(from, Math.min(frame.length, samples.length - start));
    for (let i = 0; i < from; i++) frame[i] = 0;
    for (let i = from; i < to; i++) frame[i] = samples[start + i]! * window[i]!;
    for (let i = to; i < frame.length; i++) frame[i] = 0;
    this.#transform.run(frame);
  }
}
