import { LouverError } from '@louver/core';
import type * as chdb from 'chdb';

/** The part of chdb's surface that is used here. */
export interface ChdbSession {
  queryBindAsync(sql: string, params: object, options: { readonly format: string }): Promise<{ text(): string }>;
  queryAsync(sql: string, options?: { readonly format: string }): Promise<ChdbAnswer>;
  queryStream(sql: string, options: { readonly format: string }): ChdbStream;
  queryStreamBind(sql: string, params: object, options: { readonly format: string }): ChdbStream;
  insert(params: {
    readonly table: string;
    readonly columns: readonly string[];
    readonly values: Buffer;
    readonly format: 'JSONCompactEachRow';
    readonly settings: Record<string, string | number | boolean>;
  }): Promise<unknown>;
  close(): void;
}

export interface ChdbAnswer {
  readonly rowsRead: number;
  readonly bytesRead: number;
  text(): string;
  bytes(): Uint8Array;
}

/** Of one session, which has one at a time. */
export interface ChdbStream extends AsyncIterable<{ text(): string; raw(): Uint8Array }> {
  /** Lets go of it, wherever it is. */
  cancel(): void;
}

export interface Chdb {
  openSession(path: string): ChdbSession;
  /** Resolves when no native call is running and closed sessions have let go of their directory. */
  drain(): Promise<void>;
}

/** Loaded at `open` and not before: chdb is an optional peer, 545 MB. Throws `E_CONFIG` that names the package to install. */
export async function loadChdb(importChdb: () => Promise<typeof chdb> = () => import('chdb')): Promise<Chdb> {
  let module: typeof chdb;
  try {
    module = await importChdb();
  } catch (cause) {
    throw new LouverError('E_CONFIG', missing(cause), { cause });
  }
  return { openSession: (path) => new module.Session(path), drain: module.drainPending };
}

function missing(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  const what = 'embedded ClickHouse cannot be loaded: ';
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    return `${what}the package 'chdb' is not installed; run: npm install chdb`;
  }
  const found = cause instanceof Error ? cause.message : String(cause);
  if (code !== 'CHDB_PLATFORM') return `${what}${found}`;
  const library = LIBRARIES[`${process.platform}-${process.arch}`];
  if (library === undefined) {
    return `${what}chdb has no library for ${process.platform}-${process.arch}; use a ClickHouse server and its url instead`;
  }
  return `${what}its library for this platform is not installed; run: npm install ${library}`;
}

const LIBRARIES: Readonly<Record<string, string>> = {
  'darwin-arm64': '@chdb/lib-darwin-arm64',
  'darwin-x64': '@chdb/lib-darwin-x64',
  'linux-x64': '@chdb/lib-linux-x64-gnu',
  'linux-arm64': '@chdb/lib-linux-arm64-gnu',
};
