import { PROTOCOL, RESERVED_NAMES, type ProtocolMessage } from '../../src/index.js';

const PARTS: Readonly<Record<string, string>> = {
  device_id: '([A-Za-z0-9_.:-]{1,64})',
  quantity: `(?!(?:${RESERVED_NAMES.join('|')})(?:/|$))([A-Za-z][A-Za-z0-9_]{0,63})`,
  file: '([A-Za-z0-9_.-]{1,32})',
  offset: '([0-9]+)',
  size: '([0-9]+)',
  sha256: '([0-9a-f]{64})',
};

/** Topics with a quantity last: `temperature` is one too. */
const patterns = Object.values(PROTOCOL)
  .map((message) => ({ message, pattern: patternOf(message) }))
  .sort((a, b) => Number(a.message.topic.includes('{quantity}')) - Number(b.message.topic.includes('{quantity}')));

function patternOf({ topic }: ProtocolMessage): RegExp {
  return new RegExp(`^${topic.replace(/\{(\w+)\}/g, (_whole, name: string) => PARTS[name]!)}$`);
}

/** The kind of message that travels on a topic. */
export function messageAt(topic: string): ProtocolMessage | undefined {
  return patterns.find(({ pattern }) => pattern.test(topic))?.message;
}
