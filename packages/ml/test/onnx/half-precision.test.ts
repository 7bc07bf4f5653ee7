import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { halfBits, halfValue } from '../../src/onnx/half-precision.js';

const everyBits = Array.from({ length: 65_536 }, (_, bits) => bits);

/** From the definition, bit by bit. [IEEE 754 binary16] */
function defined(bits: number): number {
  const digits = bits.toString(2).padStart(16, '0');
  const exponent = parseInt(digits.slice(1, 6), 2);
  let significand = exponent === 0 ? 0 : 1;
  for (let i = 6; i < 16; i++) if (digits[i] === '1') significand += 2 ** (5 - i);
  if (exponent === 31) significand = significand === 1 ? Infinity : NaN;
  const size = exponent === 31 ? significand : significand * 2 ** (Math.max(exponent, 1) - 15);
  return digits[0] === '1' ? -size : size;
}

/** The finite halves from 0 up, to search in. */
const ladder = everyBits.slice(0, 0x7c00).map(defined);

/** The nearest half found by search, ties to the even bits; what an endless ladder would round to its next rung is infinite. */
function nearest(size: number): number {
  let low = 0;
  let high = 0x7c00;
  const rung = (bits: number): number => (bits === 0x7c00 ? 65_536 : ladder[bits]!);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (rung(middle) <= size) low = middle;
    else high = middle;
  }
  if (size >= 65_536) return 0x7c00;
  // Differences of neighbours on the ladder are exact in double precision.
  const [below, above] = [size - rung(low), rung(high) - size];
  return below < above || (below === above && low % 2 === 0) ? low : high;
}

describe('half precision', () => {
  test('each of the 65,536 values decodes as defined, and encodes back to its bits', () => {
    for (const bits of everyBits) {
      const value = halfValue(bits);
      if (!Object.is(value, defined(bits))) expect({ bits, value }).toEqual({ bits, value: defined(bits) });
      const back = halfBits(value);
      if (back !== (Number.isNaN(value) ? 0x7e00 : bits)) expect({ bits, back }).toEqual({ bits, back: bits });
    }
  });

  test('a tie between two neighbours goes to the even one, everything else to the nearer', () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const tie = (ladder[bits]! + ladder[bits + 1]!) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const around = [halfBits(tie), halfBits(tie * (1 - 2 ** -52)), halfBits(tie * (1 + 2 ** -52))];
      if (around.join() !== [even, bits, bits + 1].join()) expect({ bits, around }).toEqual(undefined);
    }
  });

  test('any number goes to the nearest half, with its sign', () => {
    const inRange = fc.double({ min: 0, max: 70_000, noNaN: true });
    const tiny = fc.double({ min: 0, max: 2 ** -13, noNaN: true });
    const any = fc.double({ min: 0, noNaN: true });
    fc.assert(
      fc.property(fc.oneof(inRange, tiny, any), (size) => {
        expect(halfBits(size)).toBe(nearest(size));
        expect(halfBits(-size)).toBe(nearest(size) | 0x8000);
      }),
      { numRuns: 5000 },
    );
  });

  test('the ends: overflow, infinities, subnormals, both zeros, NaN', () => {
    expect([65_504, 65_519.99, 65_520, 1e300, Infinity].map(halfBits)).toEqual([0x7bff, 0x7bff, 0x7c00, 0x7c00, 0x7c00]); // prettier-ignore
    expect([-65_520, -Infinity, -0, 0].map(halfBits)).toEqual([0xfc00, 0xfc00, 0x8000, 0]);
    expect([2 ** -24, 2 ** -25, 2 ** -25 * 1.0001, 2 ** -14, 1023.6 * 2 ** -24, Number.MIN_VALUE].map(halfBits)).toEqual([1, 0, 1, 0x400, 0x400, 0]); // prettier-ignore
    expect(halfBits(NaN)).toBe(0x7e00);
    expect(halfValue(0x7e00)).toBeNaN();
    expect(halfValue(0xfc01)).toBeNaN();
  });
});
