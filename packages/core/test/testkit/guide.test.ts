import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

test('the blocks of the guide, one after another, are the file that runs', async () => {
  const source = await readFile(new URL('testing-your-own.test.ts', import.meta.url), 'utf8');
  const guide = await readFile(new URL('../../../../docs/testing-your-own.md', import.meta.url), 'utf8');
  const blocks = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  expect(blocks).toHaveLength(4);
  expect(blocks.join('\n')).toBe(source);
});
