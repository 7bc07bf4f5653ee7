import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteBoundedMap } from '../src/byte-bounded-map.js';

test('the least recently set goes first', () => {
  const map = new ByteBoundedMap<string, number>(10);
  map.set('a', 1, 4);
  map.set('b', 2, 4);
  map.set('a', 3, 4);
  map.set('c', 4, 4);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([3, undefined, 4]);
});

test('what is larger than the bound is not kept, nor anything else dropped for good', () => {
  const map = new ByteBoundedMap<string, number>(10);
  map.set('a', 1, 11);
  expect(map.get('a')).toBeUndefined();
  map.set('b', 2, 10);
  expect(map.get('b')).toBe(2);
});

test('the bytes that are kept never exceed the bound, and setting or deleting again does not leak', () => {
  const step = fc.record({ key: fc.nat(9), bytes: fc.nat(60), drop: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const map = new ByteBoundedMap<number, number>(100);
      for (const { key, bytes, drop } of steps) {
        if (drop) map.delete(key);
        else map.set(key, bytes, bytes);
        let kept = 0;
        for (let k = 0; k <= 9; k++) kept += map.get(k) ?? 0;
        expect(kept).toBeLessThanOrEqual(100);
      }
      // Room for exactly the bound is left, whatever came before.
      for (let k = 0; k <= 9; k++) map.delete(k);
      map.set(0, 100, 100);
      expect(map.get(0)).toBe(100);
    }),
  );
});
