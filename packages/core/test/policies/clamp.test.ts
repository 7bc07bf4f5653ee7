import { describe, expect, test } from 'vitest';
import { clampPolicy, type ClampOptions, type PolicyContext, type Prediction } from '@louver/core';

const context = { nowMs: 0, request: {} } as PolicyContext;
const predicted = (value: number, confidence = 0.9, outOfRange?: readonly string[]): Prediction => ({
  value,
  confidence,
  inferenceMs: 0,
  modelVersion: 'm',
  outputs: {},
  ...(outOfRange && { outOfRange }),
});

test.each([
  [50, 50],
  [-3, 0],
  [140, 100],
  [79.54337310791016, 79.54],
])('%s becomes %s', (value, position) => {
  expect(clampPolicy().decide(predicted(value), context)).toEqual({ position });
});

test('bounds of its own', () => {
  const policy = clampPolicy({ minPosition: 10, maxPosition: 60 });
  expect(policy.decide(predicted(0), context)).toEqual({ position: 10 });
  expect(policy.decide(predicted(99), context)).toEqual({ position: 60 });
});

describe('not sure enough', () => {
  const reason = 'confidence-too-low';

  test('holds; the floor itself passes, and so does a model that says nothing of its confidence', () => {
    const careful = clampPolicy({ minConfidence: 0.5 });
    expect(careful.decide(predicted(50, 0.49), context)).toEqual({ hold: reason });
    expect(careful.decide(predicted(50, 0.5), context)).toEqual({ position: 50 });
    expect(careful.decide(predicted(50, NaN), context)).toEqual({ position: 50 });
    expect(clampPolicy().decide(predicted(50, 0), context)).toEqual({ position: 50 });
  });

  test.each([
    [20, {}, 20],
    [0, { minPosition: 10 }, 10],
    [100, { maxPosition: 60 }, 60],
    [33.333, {}, 33.33],
  ])('a safe position of %s, within %j, goes to %s and says why', (safePosition, bounds, position) => {
    const careful = clampPolicy({ minConfidence: 0.5, safePosition, ...bounds });
    expect(careful.decide(predicted(50, 0.49), context)).toEqual({ position, reason });
    expect(careful.decide(predicted(50, 0.5), context)).toEqual({ position: 50 });
  });

  test.each([
    [[], reason],
    [['temperature'], `${reason}:out-of-range:temperature`],
    [['temperature', 'humidity', 'rms_mean'], `${reason}:out-of-range:temperature,humidity,rms_mean`],
    [['a', 'b', 'c', 'd', 'e'], `${reason}:out-of-range:a,b,c,+2`],
  ])('with %j out of range', (columns, expected) => {
    const unsure = predicted(50, 0.1, columns);
    expect(clampPolicy({ minConfidence: 0.5 }).decide(unsure, context)).toEqual({ hold: expected });
    const safe = clampPolicy({ minConfidence: 0.5, safePosition: 0 });
    expect(safe.decide(unsure, context)).toEqual({ position: 0, reason: expected });
  });
});

test.each([NaN, Infinity, -Infinity])('%s holds, with a safe position too', (value) => {
  const held = { hold: 'prediction-not-finite' };
  expect(clampPolicy().decide(predicted(value), context)).toEqual(held);
  expect(clampPolicy({ minConfidence: 0.5, safePosition: 0 }).decide(predicted(value, 0.1), context)).toEqual(held);
});

test.each<[ClampOptions, string]>([
  [{ minPosition: NaN }, 'minPosition is NaN, expected a number from 0 to 100 (percent open)'],
  [{ maxPosition: 101 }, 'maxPosition is 101, expected a number from 0 to 100 (percent open)'],
  [{ minConfidence: -0.1 }, 'minConfidence is -0.1, expected a number from 0 to 1'],
  [{ minConfidence: NaN }, 'minConfidence is NaN, expected a number from 0 to 1'],
  [{ safePosition: 1e9 }, 'safePosition is 1000000000, expected a number from 0 to 100 (percent open)'],
  [{ minPosition: 60, maxPosition: 50 }, 'minPosition is 60, expected at most maxPosition (50)'],
])('%j is refused', (options, words) => {
  expect(() => clampPolicy(options)).toThrow(`E_CONFIG: clampPolicy: ${words}`);
});

test('everything that is wrong is named at once', () => {
  expect(() => clampPolicy({ minPosition: -1, minConfidence: 2 })).toThrow(/minPosition is -1.*; minConfidence is 2/);
});
