import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TABLE_IDENTITY } from '@louver/core';
import { storageConformance } from '@louver/core/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { FileStorage, FileStorageWithLookup } from './file-storage.js';

const guide = await readFile(new URL('../../../../../docs/writing-a-storage-adapter.md', import.meta.url), 'utf8');
const blocks = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
const source = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), 'utf8');

test('the blocks of the guide, one after another, are the files that run', async () => {
  expect(blocks).toHaveLength(4);
  expect(blocks.slice(0, 3).join('\n')).toBe(await source('file-storage.ts'));
  expect(blocks[3]).toBe(await source('file-storage.test.ts'));
});

test('the test of an adapter is ten lines', () => {
  expect(blocks[3]!.split('\n').filter((line) => line !== '')).toHaveLength(10);
});

test('the guide names every table and every column as they are written', async () => {
  const contract = await readFile(new URL('../../../src/tables.ts', import.meta.url), 'utf8');
  const members = (name: string): readonly string[] => {
    const [, base, body] = new RegExp(`interface ${name} (?:extends (\\w+) )?\\{([\\s\\S]*?)\\n\\}`).exec(contract)!;
    const own = [...body!.matchAll(/^ {2}readonly (\w+): /gm)].map(([, member]) => member!);
    return [...(base === undefined ? [] : members(base)), ...own];
  };
  const body = /export interface Tables \{([\s\S]*?)\n\}/.exec(contract)![1]!;
  const tables = [...body.matchAll(/^ {2}(\w+): (\w+);$/gm)].map(([, table, row]) => [table!, row!] as const);
  expect(tables.map(([table]) => table)).toEqual(Object.keys(TABLE_IDENTITY));
  for (const [table, row] of tables) {
    const line = guide.split('\n').find((each) => each.startsWith('| ') && each.includes(`\`${table}\``));
    expect(line, table).toBeDefined();
    const columns = [...line!.split('|')[2]!.matchAll(/\w+/g)].map(([column]) => column);
    expect(columns.sort(), table).toEqual([...members(row)].sort());
  }
});

const folder = await mkdtemp(join(tmpdir(), 'louver-guide-'));
afterAll(() => rm(folder, { recursive: true }));

describe.each([
  ['the first step', FileStorage],
  ['the second step', FileStorageWithLookup],
] as const)('%s', (_, Storage) => {
  const storage = (place: string): FileStorage => new Storage(join(folder, place));
  for (const { name, run } of storageConformance({ storage, afterCrash: storage })) test(name, run);
});
