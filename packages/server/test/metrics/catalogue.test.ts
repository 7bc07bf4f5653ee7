import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CATALOGUE } from '../../src/metrics/catalogue.js';
import { exposedName } from '../../src/metrics/prometheus-metrics.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
/** `metrics.count('name'`, also by a helper of the class, over several lines, or one of two names. */
const COUNTED = /\b(?:count|gauge|observe)\(\s*(?:[\w.]+ === '\w+' \? )?'([a-z0-9_]+)'(?: : '([a-z0-9_]+)')?/g;
const NAME = /_(?:total|bytes|ms|rows|clients|queue|up|info)$|^devices$/;

/** Names that the sources count by. */
async function counted(): Promise<Set<string>> {
  const names = new Set<string>();
  for (const name of await readdir(join(root, 'packages'))) {
    const folder = join(root, 'packages', name, 'src');
    for (const file of await readdir(folder, { recursive: true })) {
      if (!file.endsWith('.ts')) continue;
      const text = await readFile(join(folder, file), 'utf8');
      for (const [, one, other] of text.matchAll(COUNTED)) {
        for (const found of [one, other]) if (found !== undefined && NAME.test(found)) names.add(found);
      }
    }
  }
  return names;
}

test('what is counted anywhere is in the catalogue, and what is in the catalogue is counted', async () => {
  const names = await counted();
  // By the adapter itself, when it refuses.
  names.add('metrics_refused_total');
  expect([...names].sort()).toEqual(Object.keys(CATALOGUE).sort());
});

test('docs/metrics.md has the same metrics, types, labels and sentences', async () => {
  const text = await readFile(join(root, 'docs', 'metrics.md'), 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| `louver_'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const expected = Object.entries(CATALOGUE).map(([name, { type, labels = [], help }]) => [
    `\`${exposedName(name)}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    help,
  ]);
  const byName = (a: readonly string[], b: readonly string[]): number => (a[0]! < b[0]! ? -1 : 1);
  expect(rows.toSorted(byName)).toEqual(expected.toSorted(byName));
});
