import { expect, test } from 'vitest';
import { CallQueue } from '../../src/embedded/call-queue.js';

test('one call at a time, in order, whatever becomes of the others', async () => {
  const queue = new CallQueue(10);
  const log: string[] = [];
  const call = (name: string, fails = false) =>
    queue.run(async () => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const results = await Promise.allSettled([call('a'), call('b', true), call('c')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('beyond its bound a call is refused without being made', async () => {
  const queue = new CallQueue(2);
  let made = 0;
  const call = () => queue.run(() => Promise.resolve(++made));
  const results = await Promise.allSettled([call(), call(), call()]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  await queue.idle();
  expect(made).toBe(2);
  await expect(call()).resolves.toBe(3);
});
