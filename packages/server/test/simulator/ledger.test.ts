import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeviceLedger } from '../../src/simulator/ledger.js';

const sensor = fc.constantFrom('temperature' as const, 'humidity' as const, 'audio' as const);

test('what it holds are exactly the numbers that were acknowledged, and exact sums', () => {
  const readings = fc.array(fc.tuple(sensor, fc.integer({ min: -4_000, max: 10_000 }), fc.integer({ min: 1, max: 3 })));
  fc.assert(
    fc.property(readings, (given) => {
      const ledger = new DeviceLedger('a', 7);
      const seqs: number[] = [];
      let seq = -1;
      for (const [of, hundredths, step] of given) {
        // More than one step on: something had to be dropped.
        seqs.push((seq += step));
        ledger.acknowledged({ sensor: of, seq, ...(of !== 'audio' && { value: hundredths / 100 }) });
      }
      const found = ledger.toJSON();
      expect(found).toMatchObject({ device_id: 'a', boot: 7 });
      const held = found.acknowledged_seq.flatMap(([first, last]) =>
        Array.from({ length: last - first + 1 }, (_, i) => first + i),
      );
      expect(held).toEqual(seqs);
      for (const quantity of ['temperature', 'humidity'] as const) {
        const own = given.filter(([of]) => of === quantity);
        const sum = own.reduce((total, [, hundredths]) => total + hundredths, 0) / 100;
        expect(found[quantity]).toEqual({ acknowledged: own.length, sum });
      }
      expect(found.audio.acknowledged).toBe(given.filter(([of]) => of === 'audio').length);
    }),
  );
});

test('of a run without gaps one pair is left', () => {
  const ledger = new DeviceLedger('a', 0);
  for (let seq = 0; seq < 1_000; seq++) ledger.acknowledged({ sensor: 'humidity', seq, value: 0.1 });
  expect(ledger.toJSON()).toMatchObject({ acknowledged_seq: [[0, 999]], humidity: { acknowledged: 1_000, sum: 100 } });
});

test('a command that comes again is counted once', () => {
  const ledger = new DeviceLedger('a', 0);
  expect(['x', 'y', 'x', 'z', 'y'].map((id) => ledger.commanded(id))).toEqual([true, true, false, true, false]);
  expect(ledger.toJSON().commands).toBe(3);
});
