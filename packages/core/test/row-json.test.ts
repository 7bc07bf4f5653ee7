import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowFromJson, rowToJson } from '../src/row-json.js';

test('every number comes back as it was, and every text', () => {
  const value = fc.oneof(
    fc.double(),
    fc.constantFrom(NaN, Infinity, -Infinity, -0),
    fc.string({ unit: 'binary' }),
    fc.boolean(),
  );
  const row = fc.dictionary(
    fc.string({ minLength: 1 }).filter((name) => name !== '$number' && name !== '__proto__'),
    value,
  );
  fc.assert(
    fc.property(row, (given) => {
      expect({ ...(rowFromJson(rowToJson(given)) as object) }).toEqual({ ...given });
    }),
  );
  expect(Object.is(rowFromJson(rowToJson(-0)), -0)).toBe(true);
  expect(rowToJson({ a: NaN, b: -0, c: 1 })).toBe('{"a":{"$number":"NaN"},"b":{"$number":"-0"},"c":1}');
});
