import { readdir, readFile } from 'node:fs/promises';
import { memoryStorage, type StorageAdapter } from '@louver/core';
import { storageConformance, type ConformanceCase, type StorageConformanceOptions } from '@louver/core/testkit';
import { describe, expect, test } from 'vitest';
import { durableMemory } from '../mutants/durable-memory.js';
import { lifecycleMutants } from '../mutants/lifecycle-mutants.js';
import { lookupMutants } from '../mutants/lookup-mutants.js';
import { readingMutants } from '../mutants/reading-mutants.js';
import { streamMutants } from '../mutants/stream-mutants.js';
import { writingMutants } from '../mutants/writing-mutants.js';

const MUTANTS = [...lifecycleMutants, ...writingMutants, ...lookupMutants, ...readingMutants, ...streamMutants];

const namesOf = (options: StorageConformanceOptions): readonly string[] =>
  storageConformance(options).map(({ name }) => name);

function caseOf(options: StorageConformanceOptions, name: string): ConformanceCase {
  const found = storageConformance(options).find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no case '${name}'`);
  return found;
}

/** What a case says of an adapter; `undefined` when it is content. */
async function verdictOf({ run }: ConformanceCase): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

describe('memory', () => {
  for (const { name, run } of storageConformance({ storage: () => memoryStorage() })) test(name, run);
});

describe('memory over a disk', () => {
  for (const { name, run } of storageConformance(durableMemory())) test(name, run);
});

describe('mutants', () => {
  test.each(MUTANTS.map((mutant) => [mutant.breaks, mutant] as const))(
    'one that %s is caught',
    async (_, { caughtBy, options }) => {
      for (const name of caughtBy) expect(await verdictOf(caseOf(options(), name)), name).toBeDefined();
    },
  );

  test('there is one for every case: none is there that cannot fail', () => {
    const caught = new Set(MUTANTS.flatMap(({ caughtBy }) => caughtBy));
    expect(namesOf(durableMemory()).filter((name) => !caught.has(name))).toEqual([]);
  });
});

describe('the kit', () => {
  test('imports no test runner, and nothing that is not of this package', async () => {
    const folder = new URL('../../src/testkit/storage-conformance/', import.meta.url);
    const files = await readdir(folder);
    expect(files).toContain('storage-conformance.ts');
    for (const file of files) {
      const source = await readFile(new URL(file, folder), 'utf8');
      const imported = [...source.matchAll(/from '([^']+)'/g)].map(([, name]) => name!);
      expect(
        imported.filter((name) => !/^\.\.?\//.test(name)),
        file,
      ).toEqual([]);
    }
  });

  test('asks for what is declared and no more', () => {
    const all = namesOf(durableMemory());
    expect(new Set(all).size).toBe(all.length);
    const { reader: _, present: _present, ...rest } = memoryStorage();
    const writeOnly: StorageAdapter = { ...rest, supports: { durable: false, lookup: false } };
    const own = namesOf({ storage: () => writeOnly });
    expect(own).toContain('lifecycle: before open and after close every call is refused with E_NOT_OPEN');
    expect(own.filter((name) => /^(lookup|retry|durability|latest|ranges|history|rows|streams):/.test(name))).toEqual(
      [],
    );
    expect(all.length).toBeGreaterThan(2 * own.length);
  });

  test('gives every case a place of its own, and takes it away when its adapters are closed', async () => {
    const opened = new Map<string, number>();
    const removed: string[] = [];
    const cases = storageConformance({
      storage(place) {
        const memory = memoryStorage();
        return {
          ...memory,
          async open(context) {
            opened.set(place, (opened.get(place) ?? 0) + 1);
            await memory.open(context);
          },
          async close() {
            if (opened.has(place)) opened.set(place, 0);
            await memory.close();
          },
        };
      },
      remove(place) {
        expect(opened.get(place) ?? 0).toBe(0);
        removed.push(place);
      },
    });
    for (const { run } of cases.slice(0, 10)) await run();
    expect(new Set(removed).size).toBe(10);
    for (const place of removed) expect(place).toMatch(/^[a-z][a-z0-9_]{19}$/);
  });

  test('says what was found and what was expected, also where the end fails too', async () => {
    const memory = memoryStorage();
    const [first] = storageConformance({
      storage: () => ({
        ...memory,
        supports: { durable: false, lookup: false },
        close: () => Promise.reject(new Error('cannot close')),
      }),
    });
    expect(await verdictOf(first!)).toBe(
      'Error: present() is there, compared with supports.lookup: found true, expected false',
    );
    const [second] = storageConformance({
      storage: () => ({ ...memory, close: () => Promise.reject(new Error('cannot close')) }),
    });
    expect(await verdictOf(second!)).toBe('Error: cannot close');
  });
});
