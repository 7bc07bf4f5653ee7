import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DueQueue } from '../../src/simulator/due-queue.js';

test('whatever is put in and taken out, what is due first comes first', () => {
  const step = fc.oneof({ weight: 2, arbitrary: fc.integer({ min: 0, max: 50 }) }, fc.constant('pop' as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new DueQueue<string>();
      const model: { dueMs: number; item: string }[] = [];
      for (const [i, given] of steps.entries()) {
        if (given === 'pop') {
          const dueMs = Math.min(...model.map((each) => each.dueMs));
          expect(queue.nextMs).toBe(dueMs);
          const popped = queue.pop();
          const at = model.findIndex((each) => each.dueMs === popped?.dueMs && each.item === popped.item);
          expect([popped?.dueMs, at >= 0]).toEqual(model.length === 0 ? [undefined, false] : [dueMs, true]);
          if (at >= 0) model.splice(at, 1);
        } else {
          queue.push(given, `item ${i}`);
          model.push({ dueMs: given, item: `item ${i}` });
        }
        expect(queue.size).toBe(model.length);
      }
    }),
  );
});
