/** What waits to be predicted. */
export interface Queued {
  /** Of two calls for the same device, only the later one waits. */
  readonly deviceId: string | undefined;
}

interface Place<Call> {
  call: Call;
}

/** Calls in their order, bounded by whoever pushes; a later one for the same device takes the earlier one's place in it. */
export class CallQueue<Call extends Queued> {
  readonly #places = new Set<Place<Call>>();
  readonly #byDevice = new Map<string, Place<Call>>();

  get size(): number {
    return this.#places.size;
  }

  /** Whether a call for the device waits: one more takes its place. */
  has(deviceId: string | undefined): boolean {
    return deviceId !== undefined && this.#byDevice.has(deviceId);
  }

  /** Gives the call whose place it has taken, if any. */
  push(call: Call): Call | undefined {
    const { deviceId } = call;
    const taken = deviceId === undefined ? undefined : this.#byDevice.get(deviceId);
    if (taken !== undefined) {
      const superseded = taken.call;
      taken.call = call;
      return superseded;
    }
    const place = { call };
    this.#places.add(place);
    if (deviceId !== undefined) this.#byDevice.set(deviceId, place);
    return undefined;
  }

  /** Takes the first calls out, at most so many. */
  take(atMost: number): Call[] {
    const calls: Call[] = [];
    for (const place of this.#places) {
      if (calls.length >= atMost) break;
      this.#remove(place);
      calls.push(place.call);
    }
    return calls;
  }

  /** Takes out the calls that nobody waits for any more. */
  drop(isGone: (call: Call) => boolean): void {
    for (const place of this.#places) if (isGone(place.call)) this.#remove(place);
  }

  #remove(place: Place<Call>): void {
    const { deviceId } = place.call;
    this.#places.delete(place);
    if (deviceId !== undefined) this.#byDevice.delete(deviceId);
  }
}
