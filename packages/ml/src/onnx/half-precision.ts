/** Smallest number that rounds to infinity in half precision: half a step (16) above the largest finite one, 65504. */
const OVERFLOW = 65_520;
/** Below this, numbers are multiples of 2^-24. */
const SMALLEST_NORMAL = 2 ** -14;

/**
 * The 16 bits of a number in half precision, rounded once to the nearest, ties to even; beyond ±65520 an infinity, every NaN 0x7e00.
 * [IEEE 754 binary16]
 */
export function halfBits(value: number): number {
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  if (size >= OVERFLOW) return sign | 0x7c00;
  // What rounds up to the next power of two carries into the exponent by itself.
  if (size < SMALLEST_NORMAL) return sign | roundedToEven(size * 2 ** 24);
  const exponent = exponentOf(size);
  return sign | (((exponent + 15) << 10) + roundedToEven(size * 2 ** (10 - exponent)) - 1024);
}

/** The number that 16 bits of half precision stand for. [IEEE 754 binary16] */
export function halfValue(bits: number): number {
  const fraction = bits & 0x3ff;
  const exponent = (bits >> 10) & 0x1f;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** Float64 has no bits for halves beyond 2^52: the sum is rounded there, ties to even. */
const roundedToEven = (value: number): number => value + 2 ** 52 - 2 ** 52;

function exponentOf(size: number): number {
  const near = Math.floor(Math.log2(size));
  // The logarithm may be rounded across a power of two.
  if (size < 2 ** near) return near - 1;
  return size >= 2 ** (near + 1) ? near + 1 : near;
}
