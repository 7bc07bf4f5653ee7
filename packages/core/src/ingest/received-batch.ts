import type { Delivery } from '../delivery.js';
import type { DeliveryRecord } from '../journal.js';

/** Bytes of payload in one append: what is larger than the journal's free space would wait for ever, and its neighbours with it. */
const APPEND_BYTES = 1024 * 1024;

/** Records that are appended together, and what has been done with them. */
export interface ReceivedBatch {
  /** One for each record; none for records of our own that nobody waits for. */
  readonly deliveries: readonly Delivery[];
  readonly records: readonly DeliveryRecord[];
  /** Of our own: may use the room that the journal keeps for such, and so overtakes what waits for room. */
  readonly own: boolean;
  /** The live path has seen them before the journal had room for them. */
  looked: boolean;
}

/** In batches of a size that a journal can take; own publishes in batches of their own. */
export function* batchesOf(deliveries: readonly Delivery[]): Generator<ReceivedBatch> {
  let start = 0;
  let bytes = 0;
  for (let i = 0; i < deliveries.length; i++) {
    const { payload, own } = deliveries[i]!;
    if (i > start && (bytes + payload.byteLength > APPEND_BYTES || own !== deliveries[start]!.own)) {
      yield batchOf(deliveries.slice(start, i));
      start = i;
      bytes = 0;
    }
    bytes += payload.byteLength;
  }
  if (start < deliveries.length) yield batchOf(start === 0 ? deliveries : deliveries.slice(start));
}

/** For a journal that can never take as much at once. */
export function halvesOf({ deliveries, records, own, looked }: ReceivedBatch): readonly ReceivedBatch[] {
  const middle = records.length >> 1;
  return [
    { deliveries: deliveries.slice(0, middle), records: records.slice(0, middle), own, looked },
    { deliveries: deliveries.slice(middle), records: records.slice(middle), own, looked },
  ];
}

/** What nobody but us has, and what its senders keep. */
export function byKeeper(batch: ReceivedBatch): { readonly ours: readonly Delivery[]; readonly theirs: ReceivedBatch } {
  const ours = batch.deliveries.filter(({ qos }) => qos === 0);
  if (ours.length === 0) return { ours, theirs: batch };
  const kept = batch.deliveries.map(({ qos }) => qos > 0);
  const theirs = {
    ...batch,
    deliveries: batch.deliveries.filter((_, i) => kept[i]),
    records: batch.records.filter((_, i) => kept[i]),
  };
  return { ours, theirs };
}

function batchOf(deliveries: readonly Delivery[]): ReceivedBatch {
  return { deliveries, records: deliveries.map(recordOf), own: deliveries[0]?.own === true, looked: false };
}

function recordOf({ topic, payload, receivedAtMs, retained, dup }: Delivery): DeliveryRecord {
  // Nearly all: one object and nothing more.
  if (!retained && dup !== true) return { type: 'delivery', topic, payload, receivedAtMs };
  return { type: 'delivery', topic, payload, receivedAtMs, retained, dup: dup === true };
}
