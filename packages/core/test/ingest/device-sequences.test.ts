import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BootSequence, DeviceSequences } from '../../src/ingest/device-sequences.js';

function heard(boot: BootSequence, ...seqs: number[]): number | undefined {
  for (const seq of seqs) {
    boot.heard(seq);
    boot.add(seq);
  }
  return boot.upTo;
}

describe('where counting begins', () => {
  test('with 0', () => {
    expect(heard(new BootSequence(1), 0, 1, 2)).toBe(2);
    expect(heard(new BootSequence(1), 2, 1, 0)).toBe(2);
  });

  test('nowhere, as long as nobody knows what came before', () => {
    expect(heard(new BootSequence(1), 1, 2, 3)).toBeUndefined();
    expect(heard(new BootSequence(1), 17)).toBeUndefined();
  });

  test('with what the device still holds', () => {
    const boot = new BootSequence(1);
    heard(boot, 17, 18, 20);
    expect(boot.begin(17)).toBe(true);
    expect(boot.upTo).toBe(18);
    expect(boot.begin(20)).toBe(true);
    expect(boot.upTo, 'a gap that nobody can fill').toBe(20);
    expect(boot.begin(3), 'what it said before').toBe(false);
    expect(boot.upTo).toBe(20);
  });

  test('with nothing: it holds what it will send next', () => {
    const boot = new BootSequence(1);
    expect(boot.begin(0)).toBe(true);
    expect(boot.upTo).toBe(-1);
    expect(heard(boot, 1)).toBe(-1);
    expect(heard(boot, 0)).toBe(1);
  });

  test('with the first one, when it is sent to us directly; unless the device says that it holds more', () => {
    const boot = new BootSequence(1);
    boot.heard(50);
    expect(boot.assume()).toBe(true);
    expect(heard(boot, 50, 51)).toBe(51);
    expect(boot.begin(48)).toBe(true);
    expect(boot.upTo).toBe(47);
    expect(heard(boot, 48, 49)).toBe(51);
    expect(boot.assume()).toBe(false);
  });
});

test('in any order, with doubles: exactly what is there without a gap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9 }), fc.array(fc.integer({ min: 0, max: 80 })), (from, seqs) => {
      const boot = new BootSequence(1);
      boot.begin(from);
      const there = new Set<number>();
      let before = -Infinity;
      for (const seq of seqs) {
        const upTo = heard(boot, seq)!;
        there.add(seq);
        let expected = seqs.includes(0) && there.has(0) ? Math.max(from, 0) - 1 : from - 1;
        while (there.has(expected + 1)) expected++;
        expect(upTo).toBe(expected);
        expect(upTo).toBeGreaterThanOrEqual(before);
        before = upTo;
      }
    }),
  );
});

test('never more than what is there, also when there are more gaps than it remembers; all of it when it is sent again', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { minLength: 150 }), (seqs) => {
      const boot = new BootSequence(1);
      const there = new Set<number>();
      for (const seq of seqs) {
        there.add(seq);
        const upTo = heard(boot, seq) ?? -1;
        for (let i = 0; i <= upTo; i++) expect(there.has(i)).toBe(true);
      }
      // What a device does that is told of nothing.
      for (let seq = (boot.upTo ?? -1) + 1; seq <= 400; seq++) heard(boot, seq);
      expect(boot.upTo).toBe(400);
    }),
    { numRuns: 50 },
  );
});

test('memory has a bound: 64 stretches of a boot, 4 boots of a device', () => {
  const boot = new BootSequence(1);
  for (let seq = 1; seq < 1_000; seq += 2) heard(boot, seq);
  boot.begin(0);
  for (let seq = 0; seq < 1_000; seq += 2) heard(boot, seq);
  // 1, 3 … 127 are the 64 that are remembered.
  expect(boot.upTo).toBe(128);

  const device = new DeviceSequences('a', 0);
  const first = device.boot(1);
  for (const number of [2, 3, 4]) device.boot(number);
  expect(device.boot(1)).toBe(first);
  device.boot(5);
  expect(device.boots.map(({ boot: number }) => number)).toEqual([5, 1, 4, 3]);
  device.recall(9, 7);
  expect(device.boots, 'what is older than all of these').toHaveLength(4);
  device.recall(4, 7);
  expect(device.boots[2]!.upTo).toBe(7);
});
