import { memoryStorage, memoryTransport } from '@louver/core';
import { faultyStorage, faultyTransport, type StorageFault, type TransportFault } from '@louver/core/testkit';
import { expect, test } from 'vitest';

const operations = "'open', 'close', 'write', 'present', 'reader'";

/** As plain JavaScript gives them: no type says no. */
test.each<[unknown, string]>([
  [{ on: 'wirte', how: 'refuse' }, `on is 'wirte', expected one of ${operations}`],
  [{ on: ['write', 'reed'], how: 'refuse' }, `on is 'reed', expected one of ${operations}`],
  [{ on: [], how: 'refuse' }, `on is [], expected one of ${operations}`],
  [{ on: 'write', how: 'explode' }, "how is 'explode', expected one of 'refuse', 'hang', 'slow', 'reject'"],
  [{ on: 'wirte' }, "how is undefined, expected one of 'refuse', 'hang', 'slow', 'reject'"],
  [undefined, 'the fault is undefined, expected an object'],
  [{ how: 'refuse', time: 3 }, "a term of how: 'refuse' is 'time', expected one of 'how', 'on'"],
  [{ how: 'refuse', delayMs: 3 }, "a term of how: 'refuse' is 'delayMs'"],
  [{ how: 'slow' }, 'delayMs is undefined, expected milliseconds'],
  [{ how: 'slow', delayMs: '5' }, "delayMs is '5', expected milliseconds"],
  [{ how: 'refuse', when: 'later' }, "when is 'later', expected one of 'before', 'after'"],
  [{ how: 'refuse', times: 0 }, 'times is 0, expected a whole number, 1 or more'],
  [{ how: 'refuse', afterCalls: -1 }, 'afterCalls is -1, expected a whole number, 0 or more'],
  [{ how: 'refuse', table: 7 }, 'table is 7, expected the name of a table'],
  [
    { on: 'open', table: 'sensor_temperature', how: 'refuse' },
    "on is 'open', expected one of 'write', 'present' with a",
  ],
  [{ how: 'reject' }, 'rows is undefined, expected a function'],
  [
    { how: 'reject', rows: () => true, on: 'open' },
    "a term of how: 'reject' is 'on', expected one of 'how', 'rows', 'table'",
  ],
])('%j', (fault, words) => {
  const storage = faultyStorage(memoryStorage());
  const thrown = caught(() => storage.fail(fault as StorageFault));
  expect(thrown).toMatchObject({ code: 'E_CONFIG', retryable: false });
  expect(String(thrown)).toContain(`faultyStorage.fail: ${words}`);
});

test('a transport has operations of its own, and no tables', () => {
  const transport = faultyTransport(memoryTransport());
  const words = (fault: unknown): string => String(caught(() => transport.fail(fault as TransportFault)));
  expect(words({ on: 'write', how: 'refuse' })).toContain(
    "E_CONFIG: faultyTransport.fail: on is 'write', expected one of",
  );
  expect(words({ how: 'reject', rows: () => true })).toContain(
    "how is 'reject', expected one of 'refuse', 'hang', 'slow'",
  );
  expect(words({ how: 'refuse', table: 'sensor_temperature' })).toContain("is 'table', expected one of");
});

test('what is refused is not switched on', async () => {
  const storage = faultyStorage(memoryStorage());
  caught(() => storage.fail({ how: 'refuse', when: 'later' } as unknown as StorageFault));
  await expect(storage.close()).resolves.toBeUndefined();
});

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('did not throw');
}
