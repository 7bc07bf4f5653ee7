/** 75 MB with both lists; a recording in frames of 2048 samples has some dozens of peaks in each, and 65,536 frames at most. */
const MAX_PEAKS = 2 ** 22;
const FIRST_ROOM = 2 ** 12;
/** Lists that are longer are not kept for the next recording. */
const KEPT_ROOM = 2 ** 18;

/**
 * Peaks of a recording's frames in bounded memory. When there is no room for another frame every second one is forgotten, and of those to
 * come every second one (fourth, eighth, …) is taken: frames, not peaks, because the peaks of a chord take turns in the list.
 */
export class TuningPeaks {
  #hz = new Float64Array(0);
  #strength = new Float64Array(0);
  #count = 0;
  /** Where the peaks of each frame that was kept begin. */
  #starts: number[] = [];
  #frame = -1;
  #stride = 1;

  constructor(private readonly maxPeaks = MAX_PEAKS) {}

  get hz(): Float64Array {
    return this.#hz.subarray(0, this.#count);
  }

  get strengths(): Float64Array {
    return this.#strength.subarray(0, this.#count);
  }

  clear(): void {
    if (this.#hz.length > KEPT_ROOM) this.#hz = this.#strength = new Float64Array(0);
    this.#count = 0;
    this.#starts = [];
    this.#frame = -1;
    this.#stride = 1;
  }

  /** Begins a frame of at most so many peaks; whether they are wanted. */
  begin(most: number): boolean {
    this.#frame++;
    while (this.#starts.length > 1 && this.#count + most > this.maxPeaks) this.#thin();
    if (this.#frame % this.#stride !== 0) return false;
    this.#starts.push(this.#count);
    this.#grow(this.#count + most);
    return true;
  }

  add(hz: number, strength: number): void {
    this.#hz[this.#count] = hz;
    this.#strength[this.#count++] = strength;
  }

  #thin(): void {
    const starts = this.#starts;
    const kept: number[] = [];
    let count = 0;
    for (let frame = 0; frame < starts.length; frame += 2) {
      const end = starts[frame + 1] ?? this.#count;
      this.#hz.copyWithin(count, starts[frame]!, end);
      this.#strength.copyWithin(count, starts[frame]!, end);
      kept.push(count);
      count += end - starts[frame]!;
    }
    this.#starts = kept;
    this.#count = count;
    this.#stride *= 2;
  }

  #grow(room: number): void {
    if (room <= this.#hz.length) return;
    const longer = Math.max(room, Math.min(this.maxPeaks, Math.max(FIRST_ROOM, 2 * this.#hz.length)));
    this.#hz = copied(this.#hz, longer);
    this.#strength = copied(this.#strength, longer);
  }
}

function copied(values: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(length);
  longer.set(values);
  return longer;
}
