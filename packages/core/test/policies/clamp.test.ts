import { expect, test } from 'vitest';
import { clampPolicy, type PolicyContext, type Prediction } from '@louver/core';

const context = { nowMs: 0, request: {} } as PolicyContext;
const predicted = (value: number, confidence = 0.9): Prediction => ({
  value,
  confidence,
  inferenceMs: 0,
  modelVersion: 'm',
  outputs: {},
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

test('what is not a number, and what is too uncertain, holds', () => {
  expect(clampPolicy().decide(predicted(NaN), context)).toEqual({ hold: 'prediction-not-finite' });
  const careful = clampPolicy({ minConfidence: 0.5 });
  expect(careful.decide(predicted(50, 0.49), context)).toEqual({ hold: 'confidence-too-low' });
  expect(careful.decide(predicted(50, 0.5), context)).toEqual({ position: 50 });
});
