import type { Emitter, Listener } from './aedes-internals.js';

/**
 * Lets nobody wait for a subscriber that does not read. The broker takes the next message only when all subscribers of some earlier ones have
 * taken theirs, so that one that is stalled holds up every publisher. What a subscriber has not taken is bounded by its
 * {@link import('./packet-gate.js').PacketGate}.
 */
export function fanOutWithoutWaiting(emitter: Emitter): void {
  const eager = new WeakMap<Listener, Listener>();
  const on = emitter.on.bind(emitter);
  const removeListener = emitter.removeListener.bind(emitter);
  emitter.on = (topic, listener, done) => {
    const hurried: Listener = (packet, taken) => {
      listener(packet, () => undefined);
      taken();
    };
    eager.set(listener, hurried);
    return on(topic, hurried, done);
  };
  emitter.removeListener = (topic, listener, done) => removeListener(topic, eager.get(listener) ?? listener, done);
}
