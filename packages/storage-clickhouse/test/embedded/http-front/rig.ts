import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { defaultContext } from '@louver/core';
import { afterAll, beforeAll } from 'vitest';
import {
  clickhouseHttp,
  embeddedClickhouse,
  type ClickhouseHttpOptions,
  type EmbeddedStorage,
} from '../../../src/embedded/index.js';
import { tempFolder } from '../../support/temp-folder.js';

export interface Front {
  readonly url: string;
  readonly storage: EmbeddedStorage;
  readonly folder: string;
  /** A statement by POST; its text, or `status code: text` when it is refused. */
  ask(
    sql: string,
    fields?: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<string>;
  /** Another front of the same storage. */
  also(options: ClickhouseHttpOptions): Promise<string>;
}

/** A storage of this file that is open, with a front on a free port. */
export function front(options: ClickhouseHttpOptions = {}): Front {
  const folder = tempFolder();
  const storage = embeddedClickhouse({ path: join(folder, 'data'), fsync: false });
  const closers: (() => Promise<void>)[] = [];
  let url = '';
  const listen = async (given: ClickhouseHttpOptions): Promise<string> => {
    const { server, close } = clickhouseHttp(storage, given);
    closers.unshift(close);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  beforeAll(async () => {
    await storage.open(defaultContext());
    closers.push(() => storage.close());
    url = await listen(options);
  });
  afterAll(async () => {
    for (const close of closers) await close();
  });
  return {
    get url() {
      return url;
    },
    storage,
    folder,
    also: listen,
    async ask(sql, fields = {}, headers = {}) {
      const query = new URLSearchParams(fields);
      const response = await fetch(`${url}/?${query}`, { method: 'POST', body: sql, headers });
      const text = await response.text();
      return response.ok ? text : `${response.status} ${response.headers.get('x-clickhouse-exception-code')}: ${text}`;
    },
  };
}
