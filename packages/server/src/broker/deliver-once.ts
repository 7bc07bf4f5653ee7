import type { Client } from 'aedes';

interface Numbered {
  readonly brokerId?: string | null;
  readonly brokerCounter?: number;
}

type Deliver = (packet: Numbered, done: () => void) => void;

/** The parts of a connection that its types leave out. */
interface ClientInternals {
  duplicates: object;
  deliver0: Deliver;
  deliverQoS: Deliver;
}

/** Reads as empty, whatever is written to it. */
const nothing = (): object => new Proxy({}, { get: () => undefined, set: () => true });

/**
 * A client with several filters that match gets a message once. The broker does the same by dropping whatever has a lower number than the
 * last one: but a message that had to be kept first is overtaken by one that had not, and would be lost. Here only the
 * same message is dropped: it is handed to all filters of a client in one go.
 */
export function deliverOnce(client: Client): void {
  const internals = client as unknown as ClientInternals;
  internals.duplicates = nothing();
  let last = 0;
  let within = false;
  const once =
    (deliver: Deliver): Deliver =>
    (packet, done) => {
      // QoS 1 falls back to QoS 0 for the same message.
      if (within) return deliver(packet, done);
      const number = packet.brokerId ? (packet.brokerCounter ?? 0) : 0;
      if (number !== 0 && number === last) return void setImmediate(done);
      last = number;
      within = true;
      try {
        deliver(packet, done);
      } finally {
        within = false;
      }
    };
  internals.deliver0 = once(internals.deliver0);
  internals.deliverQoS = once(internals.deliverQoS);
}
