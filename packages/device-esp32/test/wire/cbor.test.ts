import { encode, rfc8949EncodeOptions } from 'cborg';
import fc from 'fast-check';
import { LouverError, type InboundEvent } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { esp32Codec } from '../../src/index.js';

const codec = esp32Codec();
const NOW = Date.parse('2025-10-24T12:00:01.5Z');

/** Events, or the reason of a refusal; what the two formats may have differently is left out. */
function outcome(topic: string, payload: Uint8Array | string): unknown {
  try {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    return codec.decode({ topic, payload: bytes, receivedAtMs: NOW, deliveryId: 'j:1' }).map(comparable);
  } catch (error) {
    if (LouverError.is(error) && error.code === 'E_DECODE') return { reason: error.reason, sequence: error.sequence };
    throw error;
  }
}

/** An id by content is that of the bytes, which are others. */
function comparable({ messageId, ...event }: InboundEvent): unknown {
  return { ...event, messageId: /^[0-9a-f]{32}$/.test(messageId) ? 'by content' : messageId };
}

const leaf = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.string(),
  fc.constantFrom('2025-10-24T12:00:00Z', '1970-01-01T00:00:01Z', '', null, true, 4_294_967_295, 4_294_967_296, 21.5),
);
const body = fc.dictionary(
  fc.constantFrom('value', 'timestamp', 'seq', 'boot', 'unit', '__proto__', 'constructor', 'toString'),
  fc.oneof(
    { weight: 6, arbitrary: leaf },
    fc.array(leaf, { maxLength: 2 }),
    fc.dictionary(fc.string(), leaf, { maxKeys: 2 }),
  ),
  { noNullPrototype: false },
);

describe('P-10', () => {
  test('whatever is said in JSON is the same in CBOR, refusals too', () => {
    fc.assert(
      fc.property(body, fc.constantFrom('temperature', 'humidity', 'co2'), (message, quantity) => {
        const text = JSON.stringify(message);
        const bytes = encode(JSON.parse(text), rfc8949EncodeOptions);
        const topic = `sensor/d/${quantity}`;
        expect(outcome(`${topic}/cbor`, bytes)).toEqual(outcome(topic, text));
        expect(({} as Record<string, unknown>)['value']).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  test('whatever bytes come, also good ones cut, changed and put together: events, or E_DECODE with a reason', () => {
    const good = body.map((message) => encode(JSON.parse(JSON.stringify(message)), rfc8949EncodeOptions));
    const damaged = fc.tuple(good, fc.nat(), fc.nat(255), fc.nat()).map(([bytes, at, byte, cut]) => {
      const changed = Uint8Array.from(bytes);
      changed[at % changed.length] = byte;
      return changed.subarray(0, 1 + (cut % changed.length));
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), damaged), (bytes) => {
        const found = outcome('sensor/d/audio/cbor', bytes);
        expect(Array.isArray(found) || typeof (found as { reason?: unknown }).reason === 'string').toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('the same bytes are the same message, other bytes another one', () => {
    const idOf = (value: number): string => {
      const payload = encode({ value, timestamp: '2025-10-24T12:00:00Z' });
      const message = { topic: 'sensor/d/co2/cbor', payload, receivedAtMs: NOW, deliveryId: 'j:1' };
      return codec.decode(message)[0]!.messageId;
    };
    expect(idOf(1)).toBe(idOf(1));
    expect(idOf(1)).not.toBe(idOf(2));
  });

  test('depth is bounded, however it is made', () => {
    const nested = (open: number[]): Uint8Array =>
      Uint8Array.from([0xa1, 0x61, 0x78, ...Array.from({ length: 20_000 }, () => open).flat()]);
    for (const open of [[0x81], [0x9f], [0xa1, 0x60], [0xbf, 0x60], [0xc1], [0x82, 0x00]]) {
      expect(outcome('sensor/d/co2/cbor', nested(open))).toMatchObject({ reason: 'not-cbor' });
    }
    const wide = encode({ value: 1, timestamp: '2025-10-24T12:00:00Z', x: Array.from({ length: 5000 }, () => [1]) });
    expect(outcome('sensor/d/co2/cbor', wide)).toMatchObject([{ value: 1 }]);
  });
});
