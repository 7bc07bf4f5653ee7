import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DialQueue } from '../../src/simulator/dial-queue.js';

test('never more than so many at a time, in order, and nobody is forgotten', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.constantFrom('enter', 'leave', 'withdraw'), { maxLength: 100 }),
      (most, steps) => {
        const queue = new DialQueue(most);
        const dialled: number[] = [];
        const waiting: { id: number; dial: () => void }[] = [];
        const expected: number[] = [];
        let through = 0;
        const next = (): void => {
          while (expected.length - through < most && waiting.length > 0) expected.push(waiting.shift()!.id);
        };
        for (const [id, step] of steps.entries()) {
          if (step === 'enter') {
            const dial = (): void => void dialled.push(id);
            waiting.push({ id, dial });
            queue.enter(dial);
          } else if (step === 'leave' && expected.length > through) {
            through++;
            queue.leave();
          } else if (step === 'withdraw' && waiting.length > 0) {
            queue.withdraw(waiting.pop()!.dial);
          }
          next();
          expect(dialled).toEqual(expected);
        }
      },
    ),
  );
});
