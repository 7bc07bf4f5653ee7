import fc from 'fast-check';
import { generate, parser, type IPublishPacket } from 'mqtt-packet';
import { expect, test } from 'vitest';
import {
  connectPacket,
  DISCONNECT,
  PacketReader,
  PINGREQ,
  pubackPacket,
  publishHead,
  readPublish,
  subscribePacket,
  unsubscribePacket,
} from '../../src/simulator/mqtt-packets.js';

/** As MQTT.js and aedes read it. */
function parsed(bytes: Buffer): Record<string, unknown> {
  const packets: Record<string, unknown>[] = [];
  const reader = parser();
  reader.on('packet', (packet) => packets.push(packet as unknown as Record<string, unknown>));
  expect(reader.parse(bytes)).toBe(0);
  expect(packets).toHaveLength(1);
  return packets[0]!;
}

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
const id = fc.integer({ min: 1, max: 0xffff });

test('what it writes another implementation reads', () => {
  const login = fc.option(fc.tuple(text, fc.option(text, { nil: undefined })), { nil: undefined });
  fc.assert(
    fc.property(text, text, text, login, id, fc.array(text, { minLength: 1, maxLength: 3 }), (...given) => {
      const [clientId, topic, payload, user, messageId, filters] = given;
      const [username, password] = user ?? [];
      const connect = connectPacket({ clientId, keepaliveS: 60, will: { topic, payload }, username, password });
      expect(parsed(connect)).toMatchObject({
        ...{ cmd: 'connect', protocolVersion: 4, clientId, clean: false, keepalive: 60 },
        will: { topic, payload: Buffer.from(payload), qos: 1, retain: true },
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password: Buffer.from(password) }),
      });
      expect(parsed(subscribePacket(messageId, filters))).toMatchObject({
        ...{ cmd: 'subscribe', messageId },
        subscriptions: filters.map((each) => ({ topic: each, qos: 1 })),
      });
      expect(parsed(unsubscribePacket(messageId, filters))).toMatchObject({
        ...{ cmd: 'unsubscribe', messageId },
        unsubscriptions: filters,
      });
    }),
  );
  expect(parsed(pubackPacket(258))).toMatchObject({ cmd: 'puback', messageId: 258 });
  expect(parsed(PINGREQ)).toMatchObject({ cmd: 'pingreq' });
  expect(parsed(DISCONNECT)).toMatchObject({ cmd: 'disconnect' });
});

test('a payload of any length follows its head', () => {
  // Around where the length takes a byte more [MQTT-2.2.3].
  const bytes = fc.oneof(
    fc.nat(300),
    fc.integer({ min: 16_300, max: 16_400 }),
    fc.integer({ min: 84_000, max: 86_000 }),
  );
  fc.assert(
    fc.property(text, id, bytes, fc.boolean(), fc.boolean(), (topic, messageId, length, retain, dup) => {
      const payload = Buffer.alloc(length, 0x61);
      const read = parsed(Buffer.concat([publishHead(topic, messageId, length, retain, dup), payload]));
      expect(read).toMatchObject({ cmd: 'publish', topic, messageId, qos: 1, retain, dup });
      expect((read['payload'] as Buffer).equals(payload)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('what comes in pieces of any size is read as what was sent', () => {
  const publish = fc.record({
    topic: text,
    payload: fc.string({ maxLength: 200 }),
    qos: fc.constantFrom(0 as const, 1 as const),
    retain: fc.boolean(),
    messageId: id,
  });
  const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 40 }));
  fc.assert(
    fc.property(fc.array(publish, { maxLength: 5 }), sizes, (messages, pieces) => {
      const sent = Buffer.concat(
        messages.map((each) => generate({ cmd: 'publish', dup: false, ...each } as IPublishPacket)),
      );
      const reader = new PacketReader(10_000);
      const read: ReturnType<typeof readPublish>[] = [];
      for (let at = 0; at < sent.length;) {
        const piece = sent.subarray(at, at + pieces.next().value!);
        at += piece.length;
        for (const packet of reader.packetsOf(piece)) read.push(readPublish(packet));
      }
      expect(read).toEqual(
        messages.map(({ topic, payload, qos, retain, messageId }) => ({
          ...{ topic, retained: retain, payload: Buffer.from(payload) },
          id: qos === 0 ? 0 : messageId,
        })),
      );
    }),
  );
});

test('what is no MQTT is refused in words, and never read as something else', () => {
  const all = (bytes: Buffer) => [...new PacketReader(100).packetsOf(bytes)];
  expect(() => all(Buffer.from([0x30, 0x65]))).toThrow('sent a packet of 101 bytes or more, expected at most 100');
  expect(() => all(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80]))).toThrow('length has more than four bytes');
  expect(() => all(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))).not.toThrow();
  for (const body of [[], [0], [0, 5, 0x61], [0, 1, 0x61, 7]]) {
    expect(() => readPublish({ head: 0x32, body: Buffer.from(body) })).toThrow(
      'sent a PUBLISH that ends within its head',
    );
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const body = Buffer.from(bytes);
      const found = attempt(() => readPublish({ head: 0x32, body }));
      if (found !== undefined) expect(found.payload.length).toBeLessThanOrEqual(Math.max(0, body.length - 4));
    }),
  );
});

/** Undefined: it was refused. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    expect((error as Error).message).toBe('sent a PUBLISH that ends within its head');
    return undefined;
  }
}
