import { createHash } from 'node:crypto';
import type { InboundMessage } from '../codec.js';
import type { EpochMs, RecordingBytes, RecordingEnd, RecordingInit, RecordingPart } from '../event.js';

/** What a part takes besides its bytes. */
const PART_BYTES = 256;

/** One that was whole: its parts, coming again, are known by it. */
export interface WholeRecording {
  /** Of what init said. */
  readonly initDigest: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

/** The parts of one recording so far [P-9], in any order and any of them more than once. `Place`: what its owner knows a part by. */
export class OpenRecording<Place> {
  /** In the order in which they came. */
  readonly places: Place[] = [];
  /** What it takes in memory, roughly. */
  bytes = 0;
  /** Said twice in the same words, it came when it came first. */
  init:
    | { readonly event: RecordingPart; readonly said: RecordingInit; readonly topic: string; readonly digest: string }
    | undefined;
  end: RecordingEnd | undefined;
  /** The newest part. */
  last: Pick<InboundMessage, 'topic' | 'receivedAtMs' | 'deliveryId'> | undefined;
  /** By offset and length, in the order in which they came: of two that overlap the newer one holds. */
  readonly #pieces = new Map<string, RecordingBytes>();
  #pieceBytes = 0;
  /** What was wrong with the file as it stood when it was looked at last; `undefined`: it has changed since. */
  #mismatch: string | undefined;

  constructor(readonly firstMs: EpochMs) {}

  /** @returns the bytes by which it takes more room. */
  add(event: RecordingPart, message: InboundMessage, place: Place): number {
    const before = this.bytes;
    this.places.push(place);
    const { topic, receivedAtMs, deliveryId } = message;
    this.last = { topic, receivedAtMs, deliveryId };
    this.bytes += PART_BYTES;
    const { part } = event;
    if (part.type === 'init') {
      const digest = digestOf(message.payload);
      if (this.init?.digest !== digest) this.init = { event, said: part, topic: message.topic, digest };
    } else if (part.type === 'end') {
      if (part.size !== this.end?.size || part.sha256 !== this.end.sha256) this.#mismatch = undefined;
      this.end = part;
    } else {
      this.#addPiece(part);
    }
    return this.bytes - before;
  }

  /** Whether every part is one of that recording, however it was cut. */
  repeats({ initDigest, sha256, bytes: whole }: WholeRecording): boolean {
    if (this.init !== undefined && this.init.digest !== initDigest) return false;
    if (this.end !== undefined && (this.end.size !== whole.length || this.end.sha256 !== sha256)) return false;
    return [...this.#pieces.values()].every(({ offset, bytes }) => {
      return Buffer.compare(whole.subarray(offset, offset + bytes.length), bytes) === 0;
    });
  }

  /** The file when all of it is there and is what its sender says, else what is missing or wrong, in words. */
  assembled(): Uint8Array | string {
    const { init, end } = this;
    const missing = [...(init === undefined ? ['init'] : []), ...(end === undefined ? ['fin'] : [])];
    const size = end?.size;
    // Nearly always: it is still coming, and nobody looks at what it has.
    if (missing.length > 0 || this.#pieceBytes < size!)
      return `missing ${[...missing, ...this.#gaps(size)].join(', ')}`;
    return this.#mismatch ?? this.#whole(end!);
  }

  #addPiece({ offset, bytes }: RecordingBytes): void {
    const key = `${offset}:${bytes.length}`;
    const known = this.#pieces.get(key);
    if (known !== undefined) {
      if (Buffer.compare(known.bytes, bytes) === 0) return;
      this.#pieces.delete(key);
    } else {
      this.bytes += bytes.length;
      this.#pieceBytes += bytes.length;
    }
    this.#mismatch = undefined;
    // A view would keep all of what was read from the disk at once.
    const own = bytes.buffer.byteLength > 2 * bytes.length ? new Uint8Array(bytes) : bytes;
    this.#pieces.set(key, { type: 'bytes', offset, bytes: own });
  }

  #whole({ size, sha256 }: RecordingEnd): Uint8Array | string {
    const gaps = this.#gaps(size);
    if (gaps.length > 0) return (this.#mismatch = `missing ${gaps.join(', ')}`);
    const whole = new Uint8Array(size);
    for (const { offset, bytes } of this.#pieces.values()) {
      if (offset + bytes.length > size) {
        return (this.#mismatch = `bytes up to ${offset + bytes.length} came, fin says that it has ${size}`);
      }
      whole.set(bytes, offset);
    }
    const found = createHash('sha256').update(whole).digest('hex');
    return found === sha256 ? whole : (this.#mismatch = `the SHA-256 of its bytes is ${found}, fin says ${sha256}`);
  }

  /** At most four of them, each as `bytes 1024..2047`. */
  #gaps(size: number | undefined): readonly string[] {
    const gaps: string[] = [];
    let upTo = 0;
    const pieces = [...this.#pieces.values()].sort((a, b) => a.offset - b.offset);
    for (const { offset, bytes } of pieces) {
      if (offset > upTo) gaps.push(`bytes ${upTo}..${offset - 1}`);
      upTo = Math.max(upTo, offset + bytes.length);
    }
    if (size !== undefined && size > upTo) gaps.push(`bytes ${upTo}..${size - 1}`);
    return gaps.length > 4 ? [...gaps.slice(0, 4), `${gaps.length - 4} more stretches`] : gaps;
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}
