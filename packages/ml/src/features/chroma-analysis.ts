import { chroma, chromaFilterBank } from './chroma.js';
import { TuningEstimate } from './tuning.js';

interface Bank {
  readonly tuning: number;
  readonly weights: Float64Array;
}

/** Chroma of a recording: the tuning is estimated from all frames, then each frame is read with the filters of that tuning. */
export class ChromaAnalysis {
  #estimate: TuningEstimate | undefined;
  #untuned: Bank | undefined;
  /** Of the recording before: two of one place have the same one as a rule. */
  #tuned: Bank | undefined;

  constructor(
    private readonly sampleRateHz: number,
    private readonly nFft: number,
  ) {}

  begin(): void {
    this.#estimate ??= new TuningEstimate(this.sampleRateHz, this.nFft);
    this.#estimate.begin();
  }

  look(power: Float64Array): void {
    this.#estimate!.look(power);
  }

  /** In semitones. */
  tune(): number {
    const tuning = this.#estimate!.semitones();
    if (this.#tuned?.tuning !== tuning) this.#tuned = this.#bank(tuning);
    return tuning;
  }

  tuned(power: Float64Array, frame: number, frames: number, out: Float64Array): void {
    chroma(this.#tuned!.weights, power, frame, frames, out);
  }

  untuned(power: Float64Array, frame: number, frames: number, out: Float64Array): void {
    this.#untuned ??= this.#bank(0);
    chroma(this.#untuned.weights, power, frame, frames, out);
  }

  #bank(tuning: number): Bank {
    return { tuning, weights: chromaFilterBank(this.sampleRateHz, this.nFft, tuning) };
  }
}
