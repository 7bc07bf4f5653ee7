import { generate, parser, type Packet } from 'mqtt-packet';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameScanner } from '../../src/broker/frame-scanner.js';

const publish = (bytes: number): Packet => ({
  cmd: 'publish',
  topic: 't',
  payload: Buffer.alloc(bytes, 0xc0),
  qos: 0,
  dup: false,
  retain: false,
});
const ping: Packet = { cmd: 'pingreq' };

test('takes out exactly the pings, wherever the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constant(ping), fc.integer({ min: 0, max: 300 }).map(publish)), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (packets, cuts) => {
        const stream = Buffer.concat(packets.map((packet) => generate(packet)));
        const passed: Buffer[] = [];
        let pings = 0;
        const scanner = frameScanner(1000);
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = cuts[i % cuts.length]!;
          const problem = scanner.scan(stream.subarray(at, at + size), {
            pass: (bytes) => passed.push(bytes),
            ping: () => pings++,
          });
          expect(problem).toBeUndefined();
          at += size;
        }
        expect(pings).toBe(packets.filter((packet) => packet === ping).length);
        const rest = packets.filter((packet) => packet !== ping).map((packet) => generate(packet));
        expect(Buffer.concat(passed).equals(Buffer.concat(rest))).toBe(true);
      },
    ),
  );
});

test('refuses a packet at its header, before the payload has come', () => {
  const header = generate(publish(2000)).subarray(0, 3);
  const sink = { pass: () => undefined, ping: () => undefined };
  expect(frameScanner(2003).scan(header, sink)).toBeUndefined();
  expect(frameScanner(2002).scan(header, sink)).toBe('packet of 2003 bytes, at most 2002 are accepted');
});

test('refuses malformed headers', () => {
  const sink = { pass: () => undefined, ping: () => undefined };
  expect(frameScanner(100).scan(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff]), sink)).toBe('malformed remaining length');
  expect(frameScanner(100).scan(Buffer.from([0xc0, 0x01, 0x00]), sink)).toBe('PINGREQ with a payload');
});

test('what passes is still readable by the parser of the broker', () => {
  const seen: string[] = [];
  const reader = parser();
  reader.on('packet', (packet) => seen.push(packet.cmd));
  const scanner = frameScanner(1000);
  const bytes = Buffer.concat([generate(publish(10)), generate(ping), generate({ cmd: 'disconnect' })]);
  for (const byte of bytes)
    scanner.scan(Buffer.from([byte]), { pass: (part) => reader.parse(part), ping: () => seen.push('ping') });
  expect(seen).toEqual(['publish', 'ping', 'disconnect']);
});
