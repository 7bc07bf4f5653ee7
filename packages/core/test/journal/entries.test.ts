import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32, crc32ByTable } from '../../src/journal/crc32.js';
import { encodeRecords } from '../../src/journal/entries.js';
import { decodeRanges, encodeRanges, RangeSet, toRanges } from '../../src/journal/ranges.js';

test('the CRC by table is the one of zlib', () => {
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(crc32ByTable(bytes)).toBe(crc32(bytes));
    }),
  );
});

test('positions come back from their ranges, up to 2^53', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(50), fc.maxSafeNat())), (positions) => {
      const ranges = toRanges(positions);
      expect(decodeRanges(encodeRanges(ranges))).toEqual(ranges);
      const set = new RangeSet(ranges);
      for (const position of positions) expect(set.has(position)).toBe(true);
      for (let position = 0; position < 52; position++) expect(set.has(position)).toBe(positions.includes(position));
    }),
  );
});

test('a topic that no packet could carry is refused before anything is encoded, and said so', () => {
  const encode = (topic: string): Buffer =>
    encodeRecords([{ type: 'delivery', topic, payload: new Uint8Array(1), receivedAtMs: 0 }], 1, 1);
  expect(encode('\ufffd'.repeat(21_845))).toHaveLength(65_535 + 32);
  expect(() => encode('\ufffd'.repeat(21_846))).toThrow(
    'E_CONFIG: a topic of 65538 bytes cannot be kept in the journal',
  );
});
