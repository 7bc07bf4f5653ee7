import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  skipWithoutOldServer,
  startOldServer,
  withOldServer,
} from '../../../storage-clickhouse/test/support/old-server.js';
import { removeBundles } from '../support/bundled-process.js';
import { startClickhouseFront, type ClickhouseFront } from '../support/clickhouse-front.js';
import { runLouver, startLouver } from '../support/louver-process.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-migrate-'));
});
afterAll(async () => {
  await removeBundles();
  await rm(folder, { recursive: true });
});

async function migrate(
  ...args: string[]
): Promise<{ readonly code: number | null; readonly lines: readonly string[] }> {
  const { output, exited } = runLouver(['migrate', ...args], {}, folder);
  const code = await exited;
  return { code, lines: output().split('\n').filter(Boolean) };
}

const NOTHING_TO_DO = /^up to date \(version \d+\)$/;

describe('embedded', () => {
  test('a dry run changes nothing, not even the folder; then it is made, and then there is nothing to do', async () => {
    const dry = await migrate('--data-dir', 'data', '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.lines).toContain('CREATE DATABASE IF NOT EXISTS iot;');
    expect(dry.lines).toContain('-- migration 1 (base), then a row in schema_migrations');
    expect(dry.lines.at(-1)).toMatch(/^-- nothing was changed \(to come: version \d+\)$/);
    expect(existsSync(join(folder, 'data'))).toBe(false);

    const real = await migrate('--data-dir', 'data');
    expect(real.code).toBe(0);
    expect(real.lines).toContain('applied migration 1 (base)');
    expect(real.lines.at(-1)).toMatch(/^now at version \d+$/);
    expect(await migrate('--data-dir', 'data')).toEqual({
      code: 0,
      lines: [expect.stringMatching(NOTHING_TO_DO) as string],
    });
    expect((await migrate('--data-dir', 'data', '--dry-run')).lines).toEqual([
      expect.stringMatching(NOTHING_TO_DO) as string,
    ]);
  });

  test('a running server has the folder: one line; and it finds nothing to do after a migration', async () => {
    expect((await migrate('--data-dir', 'served')).code).toBe(0);
    const server = await startLouver(join(folder, 'served'), ['--no-model']);
    expect(server.output()).not.toContain('schema migration applied');
    for (const args of [[], ['--dry-run']]) {
      const { code, lines } = await migrate('--data-dir', 'served', ...args);
      expect(lines).toEqual([expect.stringMatching(/^louver: .*served.* is in use by process \d+/) as string]);
      expect(code).toBe(1);
    }
    expect(await server.kill('SIGTERM')).toBe(0);
  });

  test('retention of the configuration is applied, and taken back when it is no longer there', async () => {
    await writeFile(join(folder, 'kept.yaml'), 'data_dir: kept\nretention: { events: 30d }\n');
    await writeFile(join(folder, 'all.yaml'), 'data_dir: kept\n');
    const altered = /^altered device_events: ALTER TABLE iot.device_events /;
    expect((await migrate('--config', 'kept.yaml')).lines).toContainEqual(expect.stringMatching(altered));
    expect((await migrate('--config', 'kept.yaml')).lines).toEqual([expect.stringMatching(NOTHING_TO_DO)]);
    expect((await migrate('--config', 'all.yaml', '--dry-run')).lines.slice(0, 2)).toEqual([
      '-- device_events',
      'ALTER TABLE iot.device_events REMOVE TTL;',
    ]);
    expect((await migrate('--config', 'all.yaml')).lines[0]).toMatch(altered);
    expect((await migrate('--config', 'all.yaml')).lines).toEqual([expect.stringMatching(NOTHING_TO_DO)]);
  });
});

describe('a ClickHouse elsewhere', () => {
  let front: ClickhouseFront;
  beforeAll(async () => {
    front = await startClickhouseFront({ path: join(folder, 'elsewhere'), cluster: 'louver' });
  });
  afterAll(() => front.close());

  test('is brought up to date by its URL', async () => {
    const { code, lines } = await migrate('--clickhouse-url', front.url);
    expect(code).toBe(0);
    expect(lines).toContain('applied migration 1 (base)');
    expect(
      await front.sql("SELECT name FROM system.tables WHERE database = 'iot' AND name = 'window_states'"),
    ).toHaveLength(1);
    expect((await migrate('--clickhouse-url', front.url)).lines).toEqual([expect.stringMatching(NOTHING_TO_DO)]);
  });

  test('a cluster is made as it is configured', async () => {
    const cluster = `{ url: "${front.url}", database: spread, cluster: { name: louver, sharded: true } }`;
    await writeFile(join(folder, 'cluster.yaml'), `clickhouse: ${cluster}\n`);
    expect((await migrate('--config', 'cluster.yaml')).code).toBe(0);
    expect(
      await front.sql("SELECT engine FROM system.tables WHERE database = 'spread' AND name = 'sensor_temperature'"),
    ).toEqual([{ engine: 'Distributed' }]);
  });

  test('tables that somebody made otherwise: a diff, a line each', async () => {
    await front.sql('CREATE DATABASE odd');
    await front.sql(
      'CREATE TABLE odd.sensor_temperature (timestamp DateTime64(3), device_id String, value Float32) ' +
        'ENGINE = MergeTree() ORDER BY (device_id, timestamp)',
    );
    await writeFile(join(folder, 'odd.yaml'), `clickhouse: { url: "${front.url}", database: odd }\n`);
    expect(await migrate('--config', 'odd.yaml')).toEqual({
      code: 2,
      lines: [
        "louver: the tables of database 'odd' do not fit; alter them, or use another database (- found, + expected):",
        'louver: - sensor_temperature.value Float32',
        'louver: + sensor_temperature.value Float64',
      ],
    });
  });

  test('nobody is there: one line', async () => {
    const { code, lines } = await migrate('--clickhouse-url', 'http://127.0.0.1:1');
    expect(lines).toEqual([
      expect.stringMatching(/^louver: opening failed at http:\/\/127\.0\.0\.1:1: nothing listens there/),
    ]);
    expect(code).toBe(1);
  });
});

test.skipIf(skipWithoutOldServer)(`${withOldServer}: too old, one line, for migrate and for serve`, async () => {
  const old = await mkdtemp(join(folder, 'old-'));
  const server = await startOldServer(old);
  onTestFinished(() => server.stop());
  const words = `louver: ClickHouse 18.16.1 at ${server.url} is too old, expected 23.9 or later; upgrade the server`;
  expect(await migrate('--clickhouse-url', server.url)).toEqual({ code: 2, lines: [words] });
  const args = ['serve', '--no-model', '--mqtt-port', '0', '--http-port', '0', '--data-dir', 'for-old'];
  const { output, exited } = runLouver([...args, '--clickhouse-url', server.url], {}, folder);
  expect(await exited).toBe(2);
  const lines = output().split('\n').filter(Boolean);
  expect(lines.filter((line) => !line.startsWith('{'))).toEqual([words]);
});
