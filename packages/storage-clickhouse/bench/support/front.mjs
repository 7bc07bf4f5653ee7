// ClickHouse's HTTP interface in a process of its own, as the tests have it: the network and the server's part are those of no contestant.
import { fork } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const resolveDir = fileURLToPath(new URL('../../test/support/', import.meta.url));
/** Below the repository's node_modules, so that the bundle finds chdb. */
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/', import.meta.url));
const CONTENTS = `
  import { chdbFront } from './chdb-front.js';
  const front = await chdbFront(process.argv[2]);
  process.once('message', () => void front.close().then(() => process.exit(0)));
  // A bench that failed has ended without a word.
  process.once('disconnect', () => process.exit(1));
  process.send(front.url);
`;

/** Resolves once it listens; `stop` when it has ended. */
export async function startFront(path) {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'louver-bench-'));
  const outfile = join(folder, 'front.mjs');
  const stdin = { contents: CONTENTS, resolveDir, loader: 'ts' };
  await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm', external: ['chdb'] });
  const child = fork(outfile, [path], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the front ended with ${code} before it listened`)));
  });
  return {
    url,
    async stop() {
      child.send('stop');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
