/** What waits to be predicted. */
export interface Queued {
  /** Of two calls for the same device, only the later one waits. */
  readonly deviceId: string | undefined;
  /** Counts up: the later of two calls has the greater one. */
  readonly sequence: number;
  /** A later call has taken its place. */
  supersede(): void;
}

interface Place<Call> {
  call: Call;
}

/** Calls in their order, bounded by whoever pushes; the later one of two for the same device takes the place of the earlier one in it. */
export class CallQueue<Call extends Queued> {
  readonly #places = new Set<Place<Call>>();
  readonly #byDevice = new Map<string, Place<Call>>();

  get size(): number {
    return this.#places.size;
  }

  /** Whether a call for the device waits: one more needs no place of its own. */
  has(deviceId: string | undefined): boolean {
    return deviceId !== undefined && this.#byDevice.has(deviceId);
  }

  push(call: Call): void {
    const { deviceId } = call;
    const taken = deviceId === undefined ? undefined : this.#byDevice.get(deviceId);
    if (taken === undefined) return this.#add(call);
    const [earlier, later] = taken.call.sequence < call.sequence ? [taken.call, call] : [call, taken.call];
    taken.call = later;
    earlier.supersede();
  }

  /** Puts calls that were taken out back, before all others. */
  putBack(calls: readonly Call[]): void {
    const rest = this.takeAll();
    for (const call of [...calls, ...rest]) this.push(call);
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

  takeAll(): Call[] {
    return this.take(Infinity);
  }

  /** Supersedes the call of the device that waits; false when none does. */
  supersede(deviceId: string): boolean {
    const place = this.#byDevice.get(deviceId);
    if (place === undefined) return false;
    this.#remove(place);
    place.call.supersede();
    return true;
  }

  /** Takes out the calls that nobody waits for any more. */
  drop(isGone: (call: Call) => boolean): void {
    for (const place of this.#places) if (isGone(place.call)) this.#remove(place);
  }

  #add(call: Call): void {
    const place = { call };
    this.#places.add(place);
    if (call.deviceId !== undefined) this.#byDevice.set(call.deviceId, place);
  }

  #remove(place: Place<Call>): void {
    const { deviceId } = place.call;
    this.#places.delete(place);
    if (deviceId !== undefined) this.#byDevice.delete(deviceId);
  }
}
