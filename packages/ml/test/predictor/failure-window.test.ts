import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FailureWindow, type Outcome } from '../../src/predictor/failure-window.js';

const bounds = { maxErrorRate: 0.1, maxNotFiniteRate: 0.2, window: 20, minFailures: 3 };
const OUTCOMES: readonly Outcome[] = ['good', 'good', 'good', 'good', 'error', 'not-finite'];

test('says what passes its bound over the last predictions, as counting them anew does', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...OUTCOMES), { maxLength: 100 }), (outcomes) => {
      const window = new FailureWindow(bounds);
      outcomes.forEach((outcome, i) => {
        const last = outcomes.slice(Math.max(0, i + 1 - bounds.window), i + 1);
        const count = last.filter((other) => other === outcome).length;
        const most = outcome === 'error' ? bounds.maxErrorRate : bounds.maxNotFiniteRate;
        const passes = outcome !== 'good' && count >= bounds.minFailures && count / last.length > most;
        const said = window.add(outcome);
        if (passes) expect(said).toContain(`${count} of its last ${last.length} predictions`);
        else expect(said).toBeUndefined();
      });
    }),
  );
});

test('names the bound', () => {
  const window = new FailureWindow({ ...bounds, minFailures: 1 });
  expect(window.add('good')).toBeUndefined();
  expect(window.add('error')).toBe('1 of its last 2 predictions failed, at most 10 % may');
  expect(window.add('not-finite')).toBe('1 of its last 3 predictions were no finite number, at most 20 % may');
});
