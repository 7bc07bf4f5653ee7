import { expect, test } from 'vitest';
import { fromText, toText } from '../src/text.js';

test('every text comes back from what PostgreSQL can hold, and no two are the same there', () => {
  let texts = [''];
  const all = new Set(texts);
  for (let length = 1; length <= 5; length += 1) {
    texts = texts.flatMap((text) => ['\0', '\u0010', '0', '1', '😀'].map((character) => text + character));
    for (const text of texts) all.add(text);
  }
  const held = new Set([...all].map(toText));
  expect(held.size).toBe(all.size);
  expect([...held].filter((text) => text.includes('\0'))).toEqual([]);
  expect([...held].map(fromText)).toEqual([...all]);
});

test('a text without the two is there as it is', () => {
  expect(toText(`{"note":"it's \\u0000 and \\n","x":[1]}`)).toBe(`{"note":"it's \\u0000 and \\n","x":[1]}`);
});
