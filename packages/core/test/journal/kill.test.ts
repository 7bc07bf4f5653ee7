import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { openJournal, readAll, temporaryFolder, textOf } from './support.js';

/** Appends without end, several appends at a time, and prints the positions that were acknowledged and those that it settles. */
const WRITER = `
  import { fileJournal } from './journal/index.js';
  import { defaultContext } from './component.js';
  const journal = fileJournal(process.argv[2], { segmentBytes: 100_000 });
  await journal.open(defaultContext());
  let n = 0;
  const write = async () => {
    for (;;) {
      const count = 1 + (n++ % 7);
      const records = Array.from({ length: count }, (_, i) =>
        ({ type: 'delivery', topic: 't/' + i, payload: Buffer.from('x'.repeat(n % 900) + '#' + i), receivedAtMs: n }));
      const { first } = await journal.append(records);
      process.stdout.write('ack ' + first + ' ' + count + ' ' + (n % 5 === 0 ? '-' : '') + '\\n');
      if (n % 4 === 0) {
        process.stdout.write('settle ' + first + '\\n');
        journal.settle([first]);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, write));
`;

test('after kill -9 every acknowledged record is there, each once, and the folder is free', async () => {
  const folder = await temporaryFolder();
  const script = join(folder, 'writer.mjs');
  await build({
    stdin: { contents: WRITER, resolveDir: join(import.meta.dirname, '../../src'), loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
  });
  const journalFolder = join(folder, 'journal');
  const acknowledged = new Set<number>();
  const settled = new Set<number>();
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, [script, journalFolder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const lines = createInterface({ input: child.stdout });
    const ended = once(lines, 'close');
    let count = 0;
    lines.on('line', (line) => {
      const [word, first, number] = line.split(' ');
      if (word === 'settle') settled.add(Number(first));
      else for (let i = 0; i < Number(number); i++) acknowledged.add(Number(first) + i);
      // In the midst of writing, at another moment in each round.
      if (++count === 200 + round * 333) child.kill('SIGKILL');
    });
    await exited;
    await ended;
    expect(count).toBeGreaterThanOrEqual(200);
  }
  const journal = await openJournal(journalFolder);
  const entries = await readAll(journal);
  const positions = entries.map((entry) => entry.position);
  expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
  const present = new Set(positions);
  const missing = [...acknowledged].filter((position) => !present.has(position) && !settled.has(position));
  expect(missing).toEqual([]);
  for (const entry of entries) expect(textOf(entry)).toMatch(/^x*#[0-6]$/);
  expect(acknowledged.size).toBeGreaterThan(2000);
});
