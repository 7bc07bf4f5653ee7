import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IdSet, readId } from '../../src/ingest/id-set.js';

const hex = fc.stringMatching(/^[0-9a-f]{32}$/);
const nearlyHex = fc.oneof(
  // Few of them, so that they meet; the zeros that look like a free slot; what only looks like a hash.
  fc.nat({ max: 40 }).map((n) => n.toString(16).padStart(32, '0')),
  fc.nat({ max: 40 }).map((n) => n.toString(16).padEnd(32, '0')),
  hex.map((id) => id.toUpperCase()),
  hex.map((id) => `${id.slice(0, 31)}g`),
  hex.map((id) => id.slice(1)),
  fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 50 })).map(([boot, seq]) => `dev:${boot}:${seq}`),
);

describe('ids', () => {
  test('are kept as a Set keeps them', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(hex, nearlyHex), { maxLength: 200 }), (ids) => {
        const set = new IdSet();
        const expected = new Set<string>();
        for (const id of ids) {
          expect(set.has(readId(id))).toBe(expected.has(id));
          expect(set.add(readId(id))).toBe(!expected.has(id));
          expected.add(id);
          expect(set.has(readId(id))).toBe(true);
        }
        for (const id of ids) expect(set.has(readId(id))).toBe(true);
      }),
    );
  });

  test.each([0, 3_000, 200_000])(
    'are all found again when there are many, counted or at random; %i expected',
    (expected) => {
      const set = new IdSet(expected);
      const counted = (n: number): string => (n + 0x1000_0000).toString(16).padEnd(32, 'a');
      const scattered = (n: number): string =>
        Math.imul(n, 0x9e3779b1).toString(16).replace('-', 'f').padStart(32, '1');
      for (let n = 1; n <= 50_000; n++) {
        for (const id of [counted(n), scattered(n)]) {
          if (set.has(readId(id))) throw new Error(`${id} is there before it was added`);
          set.add(readId(id));
        }
      }
      for (let n = 1; n <= 50_000; n++) {
        if (!set.has(readId(counted(n))) || !set.has(readId(scattered(n)))) throw new Error(`${n} is not found again`);
      }
      expect(set.has(readId(counted(50_001)))).toBe(false);
    },
  );
});
