import { expect, test } from 'vitest';
import { SeenWindow } from '../../src/ingest/seen-window.js';

test('knows what has passed, per table', () => {
  const window = new SeenWindow();
  expect(window.seen('sensor_temperature', 'm1', 5)).toBe(false);
  expect(window.seen('sensor_temperature', 'm1', 5)).toBe(true);
  expect(window.seen('sensor_humidity', 'm1', 5)).toBe(false);
});

test('everything must be asked for until storage has said what it holds', () => {
  const window = new SeenWindow();
  expect(window.reachesBeyond(Number.MAX_SAFE_INTEGER)).toBe(true);
  window.storedUpTo(1000);
  expect(window.reachesBeyond(1000)).toBe(true);
  expect(window.reachesBeyond(1001)).toBe(false);
});

test('what it has forgotten is beyond its reach, and what it says is new beyond that is new', () => {
  const window = new SeenWindow();
  window.storedUpTo(-Infinity);
  for (let i = 0; i < 250_000; i++) window.seen('t', `m${i}`, i);
  expect(window.reachesBeyond(99_999)).toBe(true);
  expect(window.reachesBeyond(100_000)).toBe(false);
  expect(window.seen('t', 'm100000', 100_000)).toBe(true);
});
