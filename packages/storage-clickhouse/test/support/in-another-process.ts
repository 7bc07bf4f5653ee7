import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll } from 'vitest';

/** Below the repository's node_modules, so that the bundle finds chdb. */
const CACHE = join(import.meta.dirname, '../../../../node_modules/.cache');

export interface OtherProcess {
  readonly child: ChildProcess;
  readonly lines: Interface;
  /** The next line that it prints. */
  says(): Promise<string>;
  kill(): Promise<void>;
}

/** Bundles `source` (TypeScript, beside this file) for a process of its own. */
export async function bundle(source: string): Promise<(...args: string[]) => OtherProcess> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'louver-clickhouse-'));
  const outfile = join(folder, 'main.mjs');
  const children: ChildProcess[] = [];
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['louver-source'],
    external: ['chdb', '@clickhouse/client', 'mqtt', 'eventemitter3'],
    outfile,
  });
  return (...args) => {
    const child = spawn(process.execPath, [outfile, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    const lines = createInterface({ input: child.stdout });
    return {
      child,
      lines,
      says: async () => ((await once(lines, 'line')) as [string])[0],
      async kill() {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      },
    };
  };
}
