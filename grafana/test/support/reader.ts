import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContext } from '@louver/core';
import { clickhouseHttp, embeddedClickhouse, type EmbeddedStorage } from '@louver/storage-clickhouse/embedded';
import type { Answer } from './alert-state.js';

/** An embedded ClickHouse, asked as Grafana asks it: over HTTP, as the user that may only read. */
export interface Reader {
  readonly storage: EmbeddedStorage;
  readonly url: string;
  /** Throws what the engine says against a statement. */
  ask(sql: string): Promise<Answer>;
  close(): Promise<void>;
}

const PASSWORD = 'of-this-test';
const isNumber = /^(?:U?Int\d+|Float\d+|Decimal)/;

export async function openReader(): Promise<Reader> {
  const folder = mkdtempSync(join(tmpdir(), 'louver-grafana-'));
  const storage = embeddedClickhouse({ path: join(folder, 'data'), fsync: false });
  await storage.open(defaultContext());
  const front = clickhouseHttp(storage, { password: PASSWORD });
  await once(front.server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(front.server.address() as AddressInfo).port}`;
  return {
    storage,
    url,
    async ask(sql) {
      const headers = { 'x-clickhouse-user': 'reader', 'x-clickhouse-key': PASSWORD };
      const response = await fetch(`${url}/?default_format=JSONCompact`, { method: 'POST', body: sql, headers });
      const text = await response.text();
      if (!response.ok) throw new Error(`${text.trim()}\n${sql}`);
      const { meta, data } = JSON.parse(text) as { meta: { name: string; type: string }[]; data: (string | null)[][] };
      return { columns: meta.map(({ name, type }) => ({ name, type: kindOf(type) })), rows: data };
    },
    async close() {
      await front.close();
      await storage.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function kindOf(type: string): Answer['columns'][number]['type'] {
  const plain = type.replace(/^(?:LowCardinality|Nullable)\((.*)\)$/, '$1').replace(/^Nullable\((.*)\)$/, '$1');
  return isNumber.test(plain) ? 'number' : plain === 'String' ? 'text' : 'other';
}
