/** One feature of a recording's frames: its finite numbers alone, each member of a vector by itself. */
export class FrameNumbers {
  readonly #data: Float64Array;
  readonly #counts: Uint32Array;

  constructor(
    readonly rows: number,
    private readonly frames: number,
  ) {
    this.#data = new Float64Array(rows * frames);
    this.#counts = new Uint32Array(rows);
  }

  add(numbers: ArrayLike<number>): void {
    for (let row = 0; row < this.rows; row++) {
      const number = numbers[row]!;
      if (Number.isFinite(number)) this.#data[row * this.frames + this.#counts[row]!++] = number;
    }
  }

  row(row: number): Float64Array {
    const from = row * this.frames;
    return this.#data.subarray(from, from + this.#counts[row]!);
  }
}
