import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idLists, listsOf } from '../../src/read/id-lists.js';

/** As @clickhouse/client writes a list of texts, and a form its field: nothing else may be longer than ClickHouse takes. */
function sentChars(ids: readonly string[]): number {
  const quoted = ids.map((id) => `'${id.replace(/[\\']/g, '\\$&').replace(/\p{Cc}/gu, '\\x')}'`);
  return encodeURIComponent(`[${quoted.join(',')}]`.replace(/\\/g, '\\\\')).length;
}

test('a list of ids of any content is no longer than a field of a form may be', () => {
  const id = fc.string({ unit: 'grapheme', maxLength: 400 });
  fc.assert(
    fc.property(fc.array(id, { maxLength: 40 }), fc.integer({ min: 1, max: 200 }), (some, times) => {
      const ids = Array.from({ length: times }, (_, i) => some.map((text) => `${i}${text}`)).flat();
      const lists = idLists(ids);
      expect(lists.flat()).toEqual([...new Set(ids)]);
      for (const list of lists) expect(sentChars(list)).toBeLessThan(131_072);
    }),
    { numRuns: 50 },
  );
});

test('2,900 hashes fit into one list, and one id that fits into none is alone', () => {
  const hashes = Array.from({ length: 2_900 }, (_, i) => String(i).padStart(32, 'a'));
  expect(idLists(hashes)).toEqual([hashes]);
  expect(idLists(['a', 'x'.repeat(200_000), 'b'])).toEqual([['a'], ['x'.repeat(200_000)], ['b']]);
});

test('a text counts once, however many items have it; so many items at the most', () => {
  const items = Array.from({ length: 5_000 }, (_, i) => ({ place: i, text: `${'t'.repeat(90)}${i % 1_000}` }));
  const lists = [...listsOf(items, ({ text }) => text, { maxItems: 2_000 })];
  expect(lists.map((list) => list.length)).toEqual([2_000, 2_000, 1_000]);
  expect(lists.flat()).toEqual(items);
});
