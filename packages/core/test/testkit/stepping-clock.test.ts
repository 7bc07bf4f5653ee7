import { manualClock, steppingClock } from '@louver/core/testkit';
import { expect, test } from 'vitest';
import { settled } from '../support/rig.js';

test('a step changes the time and wakes nobody', async () => {
  const manual = manualClock(1000);
  const clock = steppingClock(manual);
  let isAwake = false;
  void clock.sleep(100).then(() => (isAwake = true));
  clock.step(3_600_000);
  await settled();
  expect([clock.now(), isAwake]).toEqual([3_601_000, false]);
  await manual.advance(99);
  clock.step(-7_200_000);
  await settled();
  expect([clock.now(), isAwake]).toEqual([1099 - 3_600_000, false]);
  await manual.advance(1);
  await settled();
  expect(isAwake).toBe(true);
});
