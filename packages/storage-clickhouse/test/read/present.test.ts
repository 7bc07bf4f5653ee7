import type { RowKey } from '@louver/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Connection, Params } from '../../src/connection.js';
import { findPresent } from '../../src/read/present.js';

interface Row {
  readonly device: string;
  readonly id: string;
  readonly ms: number;
}

const listOf = (value: Params[string] | undefined): readonly string[] => value as readonly string[];

/** Answers from rows in memory by the parameters alone, as the engine does (test/suites/lookup-suite.ts asks the real one), and counts. */
function tableOf(rows: readonly Row[]) {
  const asked: Params[] = [];
  const mended: Params[] = [];
  const connection: Connection = {
    insert: () => Promise.reject(new Error('nothing is inserted here')),
    stream: () => {
      throw new Error('nothing is streamed here');
    },
    copy: () => Promise.reject(new Error('nothing is copied here')),
    close: async () => undefined,
    async query(_sql, params) {
      asked.push(params);
      const ids = params['ids'];
      const [from, to] = [Number(params['from']), Number(params['to'])];
      const found = rows.filter(
        ({ device, id, ms }) =>
          listOf(params['devices']).includes(device) &&
          ms >= from &&
          ms <= to &&
          Buffer.byteLength(id) <= Number(params['longest'] ?? Infinity) &&
          (ids === undefined || listOf(ids).includes(id)),
      );
      return found
        .slice(0, Number(params['limit'] ?? Infinity))
        .map((row) => `${JSON.stringify(row)}\n`)
        .join('');
    },
    async command(_sql, params = {}) {
      mended.push(params);
    },
  };
  const present = (keys: readonly RowKey[]): Promise<boolean[]> =>
    findPresent(connection, 'iot', 'sensor_temperature', keys);
  return { asked, mended, present };
}

const HOUR_MS = 3_600_000;
const exact = (deviceId: string, id: string, ms: number): RowKey => ({ deviceId, id, fromMs: ms, toMs: ms });
const batch = (count: number, fromMs = 0): Row[] =>
  Array.from({ length: count }, (_, i) => ({ device: `d${i % 9}`, id: `m${fromMs}-${i}`, ms: fromMs + i }));
const keysOf = (rows: readonly Row[]): RowKey[] => rows.map(({ device, id, ms }) => exact(device, id, ms));

test('says of every key what looking through all rows says, and mends what it found', async () => {
  const device = fc.constantFrom('a', 'b', 'c');
  const id = fc.oneof(fc.constantFrom('m1', 'm2', 'm3', "it's", '\ud800', '\ufffd'), fc.string({ maxLength: 3 }));
  const ms = fc.oneof(
    fc.integer({ min: 0, max: 20 }),
    fc.integer({ min: 0, max: 40 }).map((n) => n * HOUR_MS),
  );
  const row = fc.record({ device, id: id.map((text) => text.replace(/[\ud800-\udfff]/gu, '\ufffd')), ms });
  const key = fc
    .tuple(device, id, ms, fc.constantFrom(0, 0, 0, 5, 168 * HOUR_MS))
    .map(([deviceId, text, at, back]) => ({
      deviceId,
      id: text,
      fromMs: at - back,
      toMs: at + back,
    }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 60 }),
      fc.array(key, { maxLength: 60 }),
      // So many that more than ids are asked for.
      fc.constantFrom(0, 0, 600),
      async (rows, keys, further) => {
        const all = [...rows, ...batch(further)];
        const wanted = [...keys, ...keysOf(batch(further))];
        const { present, mended } = tableOf(all);
        const isOf = ({ deviceId, id: sought, fromMs, toMs }: RowKey, one: Row): boolean =>
          one.device === deviceId &&
          one.id === sought.replace(/[\ud800-\udfff]/gu, '\ufffd') &&
          one.ms >= fromMs &&
          one.ms <= toMs;
        expect(await present(wanted)).toEqual(wanted.map((one) => all.some((stored) => isOf(one, stored))));
        for (const one of all.filter((stored) => wanted.some((sought) => isOf(sought, stored)))) {
          const covers = ({ devices, from, to }: Params): boolean =>
            listOf(devices).includes(one.device) && one.ms >= Number(from) && one.ms <= Number(to);
          expect(mended.some(covers)).toBe(true);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('a batch that is all there is of its time takes one question, up to twice as many rows', async () => {
  const rows = batch(2_000);
  const half = keysOf(rows.filter((_, i) => i % 2 === 0));
  const whole = tableOf(rows.slice(0, 1_998));
  expect((await whole.present(half)).filter(Boolean)).toHaveLength(999);
  expect(whole.asked.map((params) => params['ids'])).toEqual([undefined]);
  // Of the last key's time is the last row but one.
  const others = ['other', 'another'].map((id) => ({ device: 'd0', id, ms: 5 }));
  const beside = tableOf([...rows, ...others]);
  expect((await beside.present(half)).filter(Boolean)).toHaveLength(1_000);
  expect(beside.asked.map((params) => params['ids'] && listOf(params['ids']).length)).toEqual([undefined, 1_000]);
});

test('one reading that is late by a week widens the range of nothing else', async () => {
  const weekMs = 168 * HOUR_MS;
  const late = { device: 'd0', id: 'late', ms: 0 };
  const rows = batch(3_000, weekMs);
  const { asked, mended, present } = tableOf([late, ...rows]);
  expect(await present(keysOf([...rows, late]))).toEqual(Array(3_001).fill(true));
  expect(asked.map(({ from, to }) => Number(to) - Number(from))).toEqual([0, 2_999]);
  expect(mended.map(({ from, to }) => Number(to) - Number(from))).toEqual([0, 2_999]);
});

test('readings that are all far from each other make no question each', async () => {
  const rows = Array.from({ length: 3_000 }, (_, i) => ({ device: 'd', id: `m${i}`, ms: i * 2 * HOUR_MS }));
  const { asked, present } = tableOf(rows);
  expect(await present(keysOf(rows))).toEqual(Array(3_000).fill(true));
  expect(asked.length).toBeLessThan(30);
});
