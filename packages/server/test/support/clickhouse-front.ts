import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type {
  FrontAnswer,
  FrontRequest,
  FrontSettings,
  SentFault,
} from '../../../storage-clickhouse/test/support/front-process.js';
import { startProgram } from './bundled-process.js';

const FRONT = {
  folder: join(import.meta.dirname, '../../../storage-clickhouse/test/support'),
  file: 'front-process',
  run: 'runFrontProcess',
  external: ['chdb'],
};

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

/** Call `removeBundles` when all are closed. */
export async function startClickhouseFront(settings: FrontSettings): Promise<ClickhouseFront> {
  const front = await startProgram(FRONT, settings);
  const ask = (request: FrontRequest): Promise<FrontAnswer> => front.ask<FrontAnswer>(request);
  const does = async (request: FrontRequest): Promise<void> => void (await ask(request));
  const { text: url } = await front.said<FrontAnswer>();
  return {
    url: url!,
    child: front.child,
    misbehave: (fault) => does({ ask: 'fault', fault }),
    user: (name, password) => does({ ask: 'user', name, password }),
    async sql<Row>(sql: string) {
      const lines = (await ask({ ask: 'sql', sql })).text!.split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line) as Row);
    },
    refuse: () => does({ ask: 'refuse' }),
    listen: () => does({ ask: 'listen' }),
    close: () => front.kill(),
  };
}
