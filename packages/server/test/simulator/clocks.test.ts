import { expect, test } from 'vitest';
import { clockFault } from '../../src/simulator/clock-fault.js';
import { compressedClock } from '../../src/simulator/compressed-clock.js';

const START = Date.parse('2026-03-01T00:00:00Z');
const HOUR = 3_600_000;

/** Of fifths: which fault; the offset is half a day. */
const faulty = (fault: number) => {
  const drawn = [0.5, (fault + 0.5) / 5];
  return clockFault(() => drawn.shift()!, START);
};

test('a wrong clock knows no time, counts from 1970, is ahead or behind, or jumps back every hour', () => {
  const at = [0, HOUR - 1, HOUR, 2 * HOUR].map((ms) => START + ms);
  expect(at.map(faulty(0))).toEqual([undefined, undefined, undefined, undefined]);
  expect(at.map(faulty(1))).toEqual([0, HOUR - 1, HOUR, 2 * HOUR]);
  expect(at.map(faulty(2))).toEqual(at.map((ms) => ms + 12 * HOUR));
  expect(at.map(faulty(3))).toEqual(at.map((ms) => ms - 12 * HOUR));
  expect(at.map(faulty(4))).toEqual([START, START + HOUR - 1, START, START + 2 * HOUR]);
});

test('a compressed clock passes so many times faster and sleeps so much less', async () => {
  let monotonic = 1_000;
  const slept: number[] = [];
  const clock = compressedClock({
    clock: { now: () => 0, sleep: (ms) => (slept.push(ms), Promise.resolve()) },
    monotonicMs: () => monotonic,
    factor: 10,
    beginMs: START,
  });
  expect(clock.now()).toBe(START);
  monotonic += 60.04;
  expect(clock.now()).toBe(START + 600);
  await clock.sleep(500);
  expect(slept).toEqual([50]);
});
