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

test('guests come after everybody of us who waits, and do not count among us', async () => {
  const queue = new CallQueue(3);
  const order: string[] = [];
  const call = (name: string) => () => Promise.resolve(void order.push(name));
  const late = async () => {
    order.push('guest 1');
    void queue.run(call('own 3'));
    await Promise.resolve();
  };
  const guests = [queue.runAsGuest(late), queue.runAsGuest(call('guest 2')), queue.runAsGuest(call('guest 3'))];
  await Promise.all([...guests, queue.run(call('own 1')), queue.run(call('own 2'))]);
  await queue.idle();
  expect(order).toEqual(['own 1', 'own 2', 'guest 1', 'own 3', 'guest 2', 'guest 3']);
});

test('too many guests that wait are refused without being asked, and we are not', async () => {
  const queue = new CallQueue(1);
  let end = (): void => undefined;
  const held = queue.runAsGuest(() => new Promise<void>((resolve) => (end = resolve)));
  // It begins.
  await Promise.resolve().then(() => undefined);
  const guests = Array.from({ length: 65 }, (_, at) => queue.runAsGuest(() => Promise.resolve(at)));
  await expect(guests[64]).rejects.toThrow('64 calls are waiting');
  const own = queue.run(() => Promise.resolve('own'));
  end();
  await held;
  expect(await own).toBe('own');
  expect(await Promise.all(guests.slice(0, 64))).toHaveLength(64);
});
