/** What a broker user is for (protocol.md §3, access list). */
export type Role = 'device' | 'inference' | 'viewer' | 'operator' | 'admin';

export const ROLES: readonly Role[] = ['device', 'inference', 'viewer', 'operator', 'admin'];

/** Who a connection belongs to. The name of a `device` is its device id. */
export interface Identity {
  readonly name: string;
  readonly role: Role;
}

/** Everybody, as long as there are no users: only possible while the broker listens on loopback. */
export const ANYONE: Identity = { name: '', role: 'admin' };

/** A device id, and so the name of every user: no `/`, `+` or `#`, so that a name never widens a topic. */
export const NAME_PATTERN = /^[A-Za-z0-9_.:-]{1,64}$/;

/** What an inference service reads (P-20). */
const REQUESTS = 'ml/inference/request/';

/** `sensor/{id}/…` that the backend writes and the device reads, or that nobody uses yet: never a quantity (P-7). */
const NOT_FROM_DEVICES = new Set(['ack', 'config', 'time', 'ota', 'event']);

/** Whether `topic` may be published by `identity`. Topics that begin with `$` are the broker's own. */
export function mayPublish(identity: Identity, topic: string): boolean {
  if (topic.startsWith('$')) return false;
  switch (identity.role) {
    case 'admin':
      return true;
    case 'operator': {
      const [root, id = '', leaf, ...rest] = topic.split('/');
      return root === 'window' && NAME_PATTERN.test(id) && (leaf === 'set' || leaf === 'control') && rest.length === 0;
    }
    case 'inference':
      return inferencePublishes(topic);
    case 'viewer':
      return false;
    case 'device':
      return devicePublishes(identity.name, topic);
  }
}

/**
 * Whether `filter` may be subscribed to. Filters wider than the right to read (`#` of a viewer) are granted, and
 * {@link mayRead} keeps back what does not belong in them; shared subscriptions (`$share`) are refused, the broker has none.
 */
export function maySubscribe(identity: Identity, filter: string): boolean {
  if (filter.startsWith('$')) return false;
  switch (identity.role) {
    case 'admin':
      return true;
    case 'operator':
    case 'viewer':
      return filter !== 'ml' && !filter.startsWith('ml/');
    case 'inference':
      return filter.startsWith(REQUESTS);
    case 'device':
      // Exact topics only: a wildcard on a device's own subtree would show it what others write there.
      return deviceReads(identity.name, filter);
  }
}

/** Whether a message on `topic` may be handed to `identity`. */
export function mayRead(identity: Identity, topic: string): boolean {
  if (topic.startsWith('$')) return false;
  switch (identity.role) {
    case 'admin':
      return true;
    case 'operator':
    case 'viewer':
      return topic !== 'ml' && !topic.startsWith('ml/');
    case 'inference':
      return topic.startsWith(REQUESTS);
    case 'device':
      return deviceReads(identity.name, topic);
  }
}

/** An answer (P-25), or the command that it led to (P-21). */
function inferencePublishes(topic: string): boolean {
  const levels = topic.split('/');
  const id = levels.at(topic.startsWith('window/') ? 1 : -1) ?? '';
  return NAME_PATTERN.test(id) && (topic === `window/${id}/control` || topic === `ml/inference/response/${id}`);
}

function devicePublishes(id: string, topic: string): boolean {
  const levels = topic.split('/');
  if (levels[1] !== id || id === '') return false;
  const [root, , kind = '', third, fourth, fifth] = levels;
  if (root === 'window') return kind === 'state' && levels.length === 3;
  if (root === 'devices') return kind === 'telemetry' && levels.length === 3;
  if (root !== 'sensor' || kind === '') return false;
  if (levels.length === 3) return !NOT_FROM_DEVICES.has(kind);
  if (levels.length === 4) {
    if (third === 'reported') return kind === 'config';
    if (third === 'state') return kind === 'ota';
    if (third === 'request') return kind === 'time';
    return third === 'cbor' && !NOT_FROM_DEVICES.has(kind);
  }
  // Parts of a recording (P-9): audio/{file}/init, audio/{file}/{offset}, audio/{file}/fin/{size}/{sha256}.
  if (kind !== 'audio' || !third) return false;
  if (levels.length === 5) return fourth === 'init' || /^\d{1,10}$/.test(fourth ?? '');
  return levels.length === 7 && fourth === 'fin' && /^\d{1,10}$/.test(fifth ?? '');
}

function deviceReads(id: string, topic: string): boolean {
  switch (topic) {
    case `window/${id}/control`:
    case `sensor/${id}/ack`:
    case `sensor/${id}/config`:
    case `sensor/${id}/time/response`:
    case `sensor/${id}/ota`:
    case `devices/${id}/commands`:
      return true;
    default:
      return false;
  }
}
