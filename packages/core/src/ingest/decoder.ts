import { ByteBoundedMap } from '../byte-bounded-map.js';
import type { Codec, InboundMessage } from '../codec.js';
import { LouverError } from '../errors.js';
import type { InboundEvent } from '../event.js';
import type { DeliveryRecord, Position } from '../journal.js';

/** What became of a message: its events, or why it is a dead letter. `place`: where the journal has it, see {@link Decoder.decode}. */
export type Decoded = { readonly message: InboundMessage; readonly place: Position | string } & (
  { readonly events: readonly InboundEvent[] } | { readonly error: LouverError }
);

/** Bound on the payloads whose decoded form waits for the other consumer; what falls out is decoded a second time. */
const MAX_SHARED_BYTES = 32 * 1024 * 1024;

/** Decodes each record once for its two consumers, the live path and the row stage, whichever comes first. */
export class Decoder {
  readonly #shared = new ByteBoundedMap<Position, Decoded>(MAX_SHARED_BYTES);

  constructor(
    private readonly codec: Codec,
    private readonly journalId: () => string,
  ) {}

  /** The first caller decodes, the second one gets the same. */
  share(position: Position, record: DeliveryRecord): Decoded {
    const shared = this.#shared.take(position);
    if (shared !== undefined) return shared;
    const decoded = this.decode(position, record);
    // 256 bytes stand for the event itself: a scalar's payload is smaller than what is made of it.
    this.#shared.set(position, decoded, record.payload.byteLength + 256);
    return decoded;
  }

  /** @param place where the journal has it, or a name that no other delivery has while the journal is full. */
  decode(place: Position | string, record: DeliveryRecord): Decoded {
    const { topic, payload, receivedAtMs, retained = false } = record;
    const deliveryId = record.deliveryId ?? `${this.journalId()}:${place}`;
    const message = { topic, payload, receivedAtMs, deliveryId, retained };
    try {
      return { message, place, events: this.codec.decode(message) };
    } catch (error) {
      // Also what a codec throws against its contract: one message must never stop the others.
      return { message, place, error: LouverError.from(error, 'E_DECODE') };
    }
  }
}
