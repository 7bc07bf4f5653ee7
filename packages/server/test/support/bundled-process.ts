import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Below the repository's node_modules, so that a bundle finds what it leaves out. */
const CACHE = join(import.meta.dirname, '../../../../node_modules/.cache');

/** A program of a test, in TypeScript, that is to run in a process of its own. */
export interface Program {
  /** Folder of the file. */
  readonly folder: string;
  /** Without ending. */
  readonly file: string;
  /** An exported function that runs it. */
  readonly run: string;
  /** Packages that are not bundled. */
  readonly external?: readonly string[];
}

/** Bundles by program; one for a test file. */
const bundles = new Map<string, Promise<string>>();

/** Starts it with `settings`, as JSON, as its one argument. */
export async function startProgram(program: Program, settings: unknown): Promise<AskedProcess> {
  const name = join(program.folder, program.file);
  let bundled = bundles.get(name);
  if (bundled === undefined) bundles.set(name, (bundled = bundle(program)));
  const child = spawn(process.execPath, [await bundled, JSON.stringify(settings)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  return new AskedProcess(child, program.file);
}

/** For `afterAll`. */
export async function removeBundles(): Promise<void> {
  for (const bundled of bundles.values()) await rm(join(await bundled, '..'), { recursive: true, force: true });
  bundles.clear();
}

async function bundle({ folder, file, run, external = [] }: Program): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  const outfile = join(await mkdtemp(join(CACHE, `louver-${file}-`)), 'main.mjs');
  await build({
    stdin: { contents: `import { ${run} } from './${file}.js'; await ${run}();`, resolveDir: folder, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: [...external],
    outfile,
  });
  return outfile;
}

/** A process that answers each request with one message, in order. */
export class AskedProcess {
  readonly #ended: Promise<never>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly child: ChildProcess,
    name: string,
  ) {
    this.#ended = once(child, 'exit').then(() => {
      throw new Error(`${name} has ended`);
    });
    this.#ended.catch(() => undefined);
  }

  /** What it says next, unasked or not. Rejects when it says that something failed. */
  async said<Answer extends { readonly error?: string }>(): Promise<Answer> {
    const [answer] = (await Promise.race([once(this.child, 'message'), this.#ended])) as [Answer];
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  ask<Answer extends { readonly error?: string }>(request: object): Promise<Answer> {
    const answered = this.#last.then(() => {
      this.child.send(request);
      return this.said<Answer>();
    });
    this.#last = answered.catch(() => undefined);
    return answered;
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}
