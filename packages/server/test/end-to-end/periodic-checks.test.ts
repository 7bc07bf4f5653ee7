import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.js';
import { startServer, type RunningServer } from '../../src/server.js';
import { ready, readiness } from '../support/api.js';
import { removeBundles } from '../support/bundled-process.js';
import { startClickhouseFront, type ClickhouseFront } from '../support/clickhouse-front.js';
import { skipWithoutMosquitto, startMosquitto, withMosquitto, type MosquittoProcess } from '../support/mosquitto.js';

/** Promised is the second that `health.notice_within` says; without being asked, nobody would notice for 45 s or ever. */
const PATIENCE = { timeout: 10_000, interval: 10 };

interface Parts {
  readonly front: ClickhouseFront;
  readonly broker: MosquittoProcess;
  readonly modelWorkers: readonly Worker[];
}

type PartName = 'storage' | 'transport' | 'engine';

interface Fault {
  readonly name: string;
  readonly begin: (parts: Parts) => unknown;
  /** Absent: it mends itself. */
  readonly end?: (parts: Parts) => unknown;
  /** What `/readyz` says meanwhile. */
  readonly reasons: Readonly<Partial<Record<PartName, RegExp>>>;
}

const FAULTS: readonly Fault[] = [
  {
    name: 'ClickHouse and broker are gone',
    begin: ({ front, broker }) => Promise.all([front.refuse(), broker.stop('SIGKILL')]),
    end: ({ front, broker }) => Promise.all([front.listen(), broker.start()]),
    reasons: {
      storage: /asking whether it is there failed at http:.*nothing listens there/,
      transport: /127\.0\.0\.1/,
    },
  },
  {
    name: 'ClickHouse has another password',
    begin: ({ front }) => front.user('default', 'changed'),
    end: ({ front }) => front.user('default', ''),
    reasons: { storage: /Authentication failed/ },
  },
  {
    name: 'somebody has taken our tables',
    begin: ({ front }) => front.sql('RENAME TABLE iot.schema_migrations TO iot.elsewhere'),
    end: ({ front }) => front.sql('RENAME TABLE iot.elsewhere TO iot.schema_migrations'),
    reasons: { storage: /iot.schema_migrations.*ClickHouse code 60/ },
  },
  {
    name: 'ClickHouse and broker hang',
    begin({ front, broker }) {
      front.child.kill('SIGSTOP');
      broker.pause();
    },
    end({ front, broker }) {
      front.child.kill('SIGCONT');
      broker.resume();
    },
    reasons: { storage: /no answer/, transport: /no answer within 500 ms/ },
  },
  {
    name: 'the model’s worker is lost',
    begin: ({ modelWorkers }) => modelWorkers.at(-1)!.terminate(),
    reasons: { engine: /the model's worker was lost: .*exit code 1/ },
  },
];

describe.skipIf(skipWithoutMosquitto)(`${withMosquitto}: nothing comes in, and`, () => {
  let folder: string;
  let parts: Parts;
  let server: RunningServer;
  let service: RunningServer;
  const modelWorkers: Worker[] = [];
  const watch = (thread: Worker): unknown => modelWorkers.push(thread);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'louver-checks-'));
    const front = await startClickhouseFront({ path: join(folder, 'clickhouse') });
    const broker = await startMosquitto({ folder, config: ['allow_anonymous true'] });
    parts = { front, broker, modelWorkers };
    service = await start('inference');
    server = await start('all', front.url);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([server?.close(), service?.close()]);
    await parts?.broker.stop('SIGKILL');
    await parts?.front.close();
    await removeBundles();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(role: 'all' | 'inference', clickhouseUrl?: string): Promise<RunningServer> {
    const config = join(folder, `${role}.yaml`);
    await writeFile(config, 'health: { notice_within: 1s }\n');
    const flags = { config, role, httpPort: '0', mqttUrl: parts.broker.url, dataDir: join(folder, role) };
    process.on('worker', watch);
    const started = await startServer(loadConfig({ flags: { ...flags, ...(clickhouseUrl && { clickhouseUrl }) } }));
    process.off('worker', watch);
    await ready(httpUrl(started));
    return started;
  }

  const httpUrl = ({ ports }: RunningServer): string => `http://127.0.0.1:${ports.http}`;

  async function up(of: RunningServer, part: string): Promise<string | undefined> {
    const text = await (await fetch(`${httpUrl(of)}/metrics`)).text();
    return new RegExp(`^louver_component_up\\{component="${part}"\\} (\\d)$`, 'm').exec(text)?.[1];
  }

  async function saysWhy(of: RunningServer, { reasons, end }: Fault): Promise<void> {
    for (const [part, reason] of Object.entries(reasons)) {
      const words = new RegExp(`(^|; )${part}: [^;]*${reason.source}`);
      await expect.poll(() => readiness(httpUrl(of)), PATIENCE).toMatch(words);
      if (end === undefined) continue;
      expect((await fetch(`${httpUrl(of)}/readyz`)).status).toBe(503);
      expect(await up(of, part)).toBe('0');
    }
  }

  async function isWell(of: RunningServer, { reasons }: Fault): Promise<void> {
    await expect.poll(async () => (await fetch(`${httpUrl(of)}/readyz`)).status, PATIENCE).toBe(200);
    for (const part of Object.keys(reasons)) expect(await up(of, part)).toBe('1');
  }

  test.each(FAULTS.map((fault) => [fault.name, fault] as const))(
    '%s: not ready, with the reason, until it is over',
    async (_name, fault) => {
      await isWell(server, fault);
      await fault.begin(parts);
      try {
        await saysWhy(server, fault);
        const { transport } = fault.reasons;
        // The role that answers requests has a broker too.
        if (transport !== undefined) await saysWhy(service, { ...fault, reasons: { transport } });
      } finally {
        await fault.end?.(parts);
      }
      await isWell(server, fault);
    },
    30_000,
  );
});
