import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test('the example for loadModel prints what its comments say', async () => {
  const snippet = /```js\n(.*?)```/s.exec(await readFile(here('../README.md'), 'utf8'))![1]!;
  const folder = await mkdtemp(join(tmpdir(), 'louver-readme-'));
  try {
    await symlink(here('../../../node_modules'), join(folder, 'node_modules'), 'dir');
    await copyFile(here('golden-onnx/forecaster_lstm.onnx'), join(folder, 'forecaster.onnx'));
    await writeFile(join(folder, 'example.mjs'), snippet);
    const { stdout } = await promisify(execFile)(process.execPath, ['example.mjs'], { cwd: folder, timeout: 30_000 });
    const promised = [...snippet.matchAll(/\/\/ (.*)/g)].map(([, comment]) => comment);
    expect(promised).toHaveLength(2);
    expect(stdout.trim().split('\n')).toEqual(promised);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
