/** Boots of one device that are kept apart: the one that runs, and those whose messages it sends on from its log. */
const MAX_BOOTS = 4;
/** Stretches beyond the first gap that are remembered of one boot. */
const MAX_RANGES = 64;

/**
 * Which messages of one boot are durable: everything up to a number, and some stretches beyond the first gap. Until it is known where
 * counting begins there is no such number.
 */
export class BootSequence {
  /** The device is to be told, also of what it has been told before. */
  due = false;
  /** It was said that nobody knows where counting begins. */
  unknownSaid = false;
  #upTo = -1;
  #begun = false;
  /** The least that was heard of, while nothing better is known. */
  #lowest = Infinity;
  #assumed = false;
  /** First and last of each stretch, ascending, with a gap before each. */
  readonly #ranges: number[] = [];

  constructor(readonly boot: number) {}

  /** Everything up to here is durable; -1: nothing is. `undefined` while it is not known where counting begins. */
  get upTo(): number | undefined {
    return this.#begun ? this.#upTo : undefined;
  }

  /** A message has come; whether it is durable is another question. */
  heard(seq: number): void {
    if (seq === 0) this.begin(0);
    else if (!this.#begun && seq < this.#lowest) this.#lowest = seq;
  }

  /** Counting begins with the least that was heard of. Whether that is news. */
  assume(): boolean {
    if (this.#begun || this.#lowest === Infinity) return false;
    this.#assumed = true;
    return this.#beginAt(this.#lowest);
  }

  /** Nothing before `seq` is waited for. Whether that is news. */
  begin(seq: number): boolean {
    const assumedTooMuch = this.#assumed && seq < this.#lowest;
    this.#assumed = false;
    if (this.#begun && seq - 1 <= this.#upTo && !assumedTooMuch) return false;
    if (assumedTooMuch && this.#upTo >= this.#lowest) this.#ranges.unshift(this.#lowest, this.#upTo);
    return this.#beginAt(seq);
  }

  /** The message is durable. Whether everything is, up to a higher number than before. */
  add(seq: number): boolean {
    if (this.#begun && seq <= this.#upTo) return false;
    if (!this.#begun || seq !== this.#upTo + 1) {
      this.#insert(seq);
      return false;
    }
    this.#upTo = seq;
    this.#absorb();
    return true;
  }

  #beginAt(seq: number): boolean {
    this.#begun = true;
    this.#upTo = seq - 1;
    this.#absorb();
    return true;
  }

  /** Takes in the stretches that are not beyond a gap any more. */
  #absorb(): void {
    const ranges = this.#ranges;
    while (ranges.length > 0 && ranges[0]! <= this.#upTo + 1) {
      this.#upTo = Math.max(this.#upTo, ranges[1]!);
      ranges.splice(0, 2);
    }
  }

  #insert(seq: number): void {
    const ranges = this.#ranges;
    // From the end: what comes is mostly the newest.
    let at = ranges.length;
    while (at > 0 && ranges[at - 2]! > seq) at -= 2;
    if (at > 0 && seq <= ranges[at - 1]!) return;
    const touchesBefore = at > 0 && ranges[at - 1]! + 1 === seq;
    const touchesAfter = at < ranges.length && ranges[at]! - 1 === seq;
    if (touchesBefore && touchesAfter) ranges.splice(at - 1, 2);
    else if (touchesBefore) ranges[at - 1] = seq;
    else if (touchesAfter) ranges[at] = seq;
    else ranges.splice(at, 0, seq, seq);
    // The device sends again what it is not told of: forgetting the last is safe.
    if (ranges.length > 2 * MAX_RANGES) ranges.length = 2 * MAX_RANGES;
  }
}

/** The latest boots of one device. */
export class DeviceSequences {
  /** The one that was heard of last comes first. */
  readonly boots: BootSequence[] = [];
  /** Where its note is in the journal; 0: nowhere. */
  notePosition = 0;
  /** The note does not say all that is known. */
  moved = false;

  constructor(
    readonly deviceId: string,
    public seenMs: number,
  ) {}

  boot(boot: number): BootSequence {
    const { boots } = this;
    if (boots[0]?.boot === boot) return boots[0];
    const at = boots.findIndex((known) => known.boot === boot);
    const found = at === -1 ? new BootSequence(boot) : boots.splice(at, 1)[0]!;
    boots.unshift(found);
    if (boots.length > MAX_BOOTS) boots.pop();
    return found;
  }

  /** What was known of a boot before those that have been heard of since. */
  recall(boot: number, upTo: number): void {
    let known = this.boots.find((heard) => heard.boot === boot);
    if (known === undefined) {
      if (this.boots.length >= MAX_BOOTS) return;
      known = new BootSequence(boot);
      this.boots.push(known);
    }
    known.begin(upTo + 1);
  }
}
