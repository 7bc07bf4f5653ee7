import type { DeadLetterReason, DeviceInfo, RejectedMember, ScalarReading } from '@louver/core';
import { isInRange, isQuantityName, isReservedName, quantityRule } from '../topics/quantity.js';
import { eventBase, type DecodeContext } from './decode-context.js';
import { rangeText } from './decode-scalar.js';
import { nthId, type Envelope } from './envelope.js';
import type { JsonObject } from './json.js';
import { poison, shown } from './poison.js';

/** Most readings and rejected members of one message: 64 KiB of JSON could otherwise make 8,000 rows. */
const MAX_MEMBERS = 256;

/** Members that say something of the message, not of the room. */
const METADATA = new Set(['timestamp', 'device_id', 'boot', 'seq']);

const SWITCH = new Map([
  ['ON', 1],
  ['TRUE', 1],
  ['OFF', 0],
  ['FALSE', 0],
]);

/**
 * Combined telemetry: every member of the flat object that is a quantity [P-8]. A bad member is rejected alone.
 *
 * A number is a reading, and so are `ON`/`OFF`/`true`/`false` (1/0, as string of any case or JSON boolean). A well-known quantity of
 * another type is rejected; another string, `null`, array or object is not a quantity and is left out, and so are the names reserved by P-7.
 * What holds no quantity at all still counts as a message of a device that counts.
 */
export function decodeTelemetry(
  body: JsonObject,
  envelope: Envelope,
  context: DecodeContext,
): readonly (ScalarReading | RejectedMember | DeviceInfo)[] {
  const events: (ScalarReading | RejectedMember)[] = [];
  const base = () => {
    if (events.length >= MAX_MEMBERS) {
      throw poison('too-large', `more than ${MAX_MEMBERS} readings in one message, expected fewer`, context.deviceId);
    }
    return eventBase(context, envelope, nthId(envelope.messageId, events.length));
  };
  const reject = (reason: DeadLetterReason, detail: string): void => {
    events.push({ kind: 'rejected', ...base(), reason, detail });
  };
  for (const name of Object.keys(body)) {
    if (METADATA.has(name) || isReservedName(name)) continue;
    const found = body[name];
    const rule = quantityRule(name);
    const value = rule === undefined || rule.isSwitch ? numberOrSwitch(found) : found;
    if (typeof value !== 'number') {
      if (rule !== undefined) reject('wrong-type', `${name} is ${shown(found)}, expected a JSON number`);
    } else if (!isQuantityName(name)) {
      const expected = 'a letter, then up to 63 of A-Z a-z 0-9 _';
      reject('wrong-type', `member ${shown(name)} does not name a quantity, expected ${expected}`);
    } else if (!isInRange(name, value)) {
      reject('out-of-range', rangeText(name, name, value));
    } else {
      events.push({ kind: 'scalar', ...base(), quantity: name, value });
    }
  }
  if (events.length > 0 || envelope.sequence === undefined) return events;
  return [{ kind: 'device-info', ...eventBase(context, envelope) }];
}

function numberOrSwitch(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 1 : 0;
  // Longer strings cannot be one of the four: no copy is made of them.
  if (typeof value === 'string' && value.length <= 5) return SWITCH.get(value.toUpperCase());
  return value;
}
