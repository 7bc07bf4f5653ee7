import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type {
  FrontAnswer,
  FrontRequest,
  FrontSettings,
  SentFault,
} from '../../../storage-clickhouse/test/support/front-process.js';

const SUPPORT = join(import.meta.dirname, '../../../storage-clickhouse/test/support');
/** Below the repository's node_modules, so that the bundle finds chdb. */
const CACHE = join(import.meta.dirname, '../../../../node_modules/.cache');

/** A ClickHouse server as far as HTTP goes, in a process of its own, with faults at will. */
export interface ClickhouseFront {
  readonly url: string;
  readonly child: ChildProcess;
  /** From now on, until the next one. */
  misbehave(fault: SentFault): Promise<void>;
  /** The only user from now on. */
  user(name: string, password: string): Promise<void>;
  /** Past HTTP; rows as objects. */
  sql<Row = Record<string, unknown>>(statement: string): Promise<readonly Row[]>;
  /** Nothing listens any more and connections are cut, until `listen`. */
  refuse(): Promise<void>;
  listen(): Promise<void>;
  close(): Promise<void>;
}

let bundled: Promise<string> | undefined;

/** Made once for a test file; `close` of the last front does not remove it, the process's end does not matter. */
async function bundle(): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'louver-clickhouse-front-'));
  const outfile = join(folder, 'main.mjs');
  const contents = `import { runFrontProcess } from './front-process.js'; await runFrontProcess();`;
  await build({
    stdin: { contents, resolveDir: SUPPORT, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['chdb'],
    outfile,
  });
  return outfile;
}

/** For `afterAll`. */
export async function removeFrontBundle(): Promise<void> {
  if (bundled !== undefined) await rm(join(await bundled, '..'), { recursive: true, force: true });
  bundled = undefined;
}

export async function startClickhouseFront(settings: FrontSettings): Promise<ClickhouseFront> {
  const main = await (bundled ??= bundle());
  const child = spawn(process.execPath, [main, JSON.stringify(settings)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error('the ClickHouse front has ended');
  });
  ended.catch(() => undefined);
  const answer = async (): Promise<string> => {
    const [{ text, error }] = (await Promise.race([once(child, 'message'), ended])) as [FrontAnswer];
    if (error !== undefined) throw new Error(error);
    return text!;
  };
  let last: Promise<unknown> = Promise.resolve();
  const ask = (request: FrontRequest): Promise<string> => {
    const answered = last.then(() => {
      child.send(request);
      return answer();
    });
    last = answered.catch(() => undefined);
    return answered;
  };
  const does = async (request: FrontRequest): Promise<void> => void (await ask(request));
  const url = await answer();
  return {
    url,
    child,
    misbehave: (fault) => does({ ask: 'fault', fault }),
    user: (name, password) => does({ ask: 'user', name, password }),
    async sql<Row>(sql: string) {
      const lines = (await ask({ ask: 'sql', sql })).split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line) as Row);
    },
    refuse: () => does({ ask: 'refuse' }),
    listen: () => does({ ask: 'listen' }),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
