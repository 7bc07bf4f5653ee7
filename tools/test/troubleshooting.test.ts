import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES } from '@louver/core';
import { expect, test } from 'vitest';
import { CODE_GROUPS, NETWORK_FAULTS } from '../../packages/storage-clickhouse/src/clickhouse-codes.js';
import { anchorsOf } from './links.js';
import { blocksOf, paper, root } from './paper.js';

const text = paper('docs/TROUBLESHOOTING.md');

function sources(): string {
  const files = readdirSync(join(root, 'packages')).flatMap((name) => {
    const folder = join(root, 'packages', name, 'src');
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(folder, file), 'utf8'));
  });
  // Without comments. A text that goes on in the next line, and the quotes that only the language needs.
  return files
    .join('\n')
    .replace(/^\s*(\*|\/\/|\/\*).*$/gm, '')
    .replace(/['`"]\s*\+\s*['`"]/g, '')
    .replace(/\\(['`"])/g, '$1');
}

/** First cells of the rows of the last table with this header. */
function firstCells(header: string): readonly string[] {
  const tables = [...text.matchAll(new RegExp(`^\\| ${header} +\\|.*\\n\\|[-| ]+\\n((?:\\|.*\\n)+)`, 'gm'))];
  return tables
    .at(-1)![1]!
    .trim()
    .split('\n')
    .map((row) => row.split('|')[1]!.trim().replaceAll('`', ''));
}

test('every error code is there, and every one that is there is one', () => {
  const named = [...text.matchAll(/\bE_[A-Z_]+\b/g)].map(([code]) => code);
  expect([...new Set(named)].toSorted()).toEqual(Object.keys(ERROR_CODES).toSorted());
});

test('every code of a dead letter has its row, and every row is one', () => {
  const declared = readFileSync(join(root, 'packages/core/src/errors.ts'), 'utf8');
  const [, union = ''] = /export type DeadLetterReason =([^;]+);/.exec(declared) ?? [];
  const codes = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code!);
  expect(codes).toContain('storage-rejected');
  expect(firstCells('code')).toEqual(codes);
});

test('every group of codes of ClickHouse has its row, every fault without a code its name', () => {
  expect(firstCells('group')).toEqual(Object.keys(CODE_GROUPS));
  const [, faults = ''] = /^Faults without a code: ([^]*?)\n\n/m.exec(text) ?? [];
  expect([...faults.matchAll(/`([a-z]+)`/g)].map(([, name]) => name)).toEqual(Object.keys(NETWORK_FAULTS));
});

test('what is quoted of the program is what it says', () => {
  const said = sources();
  const quoted = blocksOf(text)
    .filter(({ language }) => language === 'text')
    .flatMap((block) => block.text.trim().split('\n'));
  expect(quoted.length).toBeGreaterThan(60);
  const missing = quoted.filter((line) =>
    line.split('…').some((part) => part.trim().length > 2 && !said.includes(part.trim())),
  );
  expect(missing).toEqual([]);
  for (const line of quoted) expect(line.replaceAll('…', '').trim().length).toBeGreaterThan(10);
});

test('has the headings that alert rules link to, and what each symptom wants', () => {
  const anchors = anchorsOf(text);
  for (const anchor of ['device-silent', 'journal-age', 'dead-letters', 'model-errors', 'ingest-stopped'])
    expect(anchors).toContain(anchor);
});
