import { LouverError } from '@louver/core';

/** A topic pattern taken apart: `head` device id `tail`, or `head` device id `middle` quantity `tail`. */
export interface TopicPattern {
  /** As an MQTT topic filter: every marker is `+`. */
  readonly filter: string;
  /** Up to the device id, with its slash. */
  readonly head: string;
  /** Between device id and quantity; `undefined` for a pattern without a quantity. */
  readonly middle: string | undefined;
  /** After the last marker, with its slash. */
  readonly tail: string;
}

const DEVICE = '{device_id}';
const QUANTITY = '{quantity}';

/**
 * Takes a pattern such as `sensor/+/temperature` or `ml/inference/request/{device_id}` apart. One whole level, `+` or `{device_id}`, marks
 * the device id; with `withQuantity` a further one, `+` or `{quantity}`, marks the quantity.
 *
 * @throws LouverError `E_CONFIG`, naming the pattern by `name`.
 */
export function compileTopicPattern(name: string, pattern: string, withQuantity = false): TopicPattern {
  const refuse = (problem: string): LouverError =>
    new LouverError(
      'E_CONFIG',
      `topic pattern ${name} is ${JSON.stringify(pattern)}: ${problem}; expected ` +
        (withQuantity ? `e.g. sensor/${DEVICE}/${QUANTITY}` : `one level + or ${DEVICE}, e.g. sensor/+/temperature`),
    );
  if (pattern.includes('#')) throw refuse('# is not possible here');
  if (pattern.includes('\0')) throw refuse('a NUL character may not be in a topic [MQTT-4.7.3-2]');
  const levels = pattern.split('/');
  const isMarker = (level: string): boolean => level === '+' || level === DEVICE || level === QUANTITY;
  for (const level of levels) {
    if (!isMarker(level) && /[+{}]/.test(level)) throw refuse(`${JSON.stringify(level)} is not a whole-level marker`);
  }
  const at = levels.flatMap((level, index) => (isMarker(level) ? [index] : []));
  if (at.length === 0) throw refuse('nothing marks the device id');
  if (at.length !== (withQuantity ? 2 : 1)) throw refuse(`it has ${at.length} markers`);
  const [device, quantity] = at as [number, number?];
  if (levels[device] === QUANTITY) throw refuse('the device id comes before the quantity');
  if (quantity !== undefined && levels[quantity] === DEVICE) throw refuse('the device id is marked twice');
  const join = (from: number, to?: number): string => levels.slice(from, to).join('/');
  const slashed = (text: string): string => (text === '' ? '' : `/${text}`);
  const last = quantity ?? device;
  return {
    filter: levels.map((level) => (isMarker(level) ? '+' : level)).join('/'),
    head: device === 0 ? '' : `${join(0, device)}/`,
    middle: quantity === undefined ? undefined : `${slashed(join(device + 1, quantity))}/`,
    tail: slashed(join(last + 1)),
  };
}

/** The level that stands for the device id, or `undefined` when the topic is not of this pattern (one without a quantity). */
export function matchDevice(pattern: TopicPattern, topic: string): string | undefined {
  const from = pattern.head.length;
  const to = topic.length - pattern.tail.length;
  if (to < from || !topic.startsWith(pattern.head) || !topic.endsWith(pattern.tail)) return undefined;
  const slash = topic.indexOf('/', from);
  if (slash !== -1 && slash < to) return undefined;
  return topic.slice(from, to);
}

/** Device id and quantity of a topic of a pattern with both, else `undefined`. */
export function matchDeviceAndQuantity(
  pattern: TopicPattern,
  topic: string,
): { readonly deviceId: string; readonly quantity: string } | undefined {
  if (pattern.middle === undefined || !topic.startsWith(pattern.head) || !topic.endsWith(pattern.tail))
    return undefined;
  const from = pattern.head.length;
  const deviceEnd = topic.indexOf('/', from);
  if (deviceEnd === -1 || !topic.startsWith(pattern.middle, deviceEnd)) return undefined;
  const quantityFrom = deviceEnd + pattern.middle.length;
  const to = topic.length - pattern.tail.length;
  if (quantityFrom > to) return undefined;
  const slash = topic.indexOf('/', quantityFrom);
  if (slash !== -1 && slash < to) return undefined;
  return { deviceId: topic.slice(from, deviceEnd), quantity: topic.slice(quantityFrom, to) };
}
