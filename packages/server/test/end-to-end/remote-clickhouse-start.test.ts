import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { localhostCertificate } from '../../../storage-clickhouse/test/support/certificate.js';
import { ready, readiness } from '../support/api.js';
import { removeBundles } from '../support/bundled-process.js';
import { startClickhouseFront, type ClickhouseFront } from '../support/clickhouse-front.js';
import { checkLedger } from '../support/ledger-check.js';
import { LedgerPublisher } from '../support/ledger-publisher.js';
import { runLouver, startLouver, type LouverProcess } from '../support/louver-process.js';

const DEVICE = 'dev-1';
/** Promised are 2 s; here ten times as much, because the machine may be busy. */
const FRESH_WITHIN_MS = 20_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-remote-start-'));
});
afterAll(async () => {
  await removeBundles();
  await rm(folder, { recursive: true, force: true });
});

/** What a server that does not start says, without its log. */
async function refusedStart(
  url: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly lines: readonly string[] }> {
  const ports = ['--mqtt-port', '0', '--http-port', '0', '--data-dir', join(folder, 'refused')];
  const { child, output, exited } = runLouver(['serve', '--no-model', '--clickhouse-url', url, ...ports], env);
  const limit = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const code = await exited;
  clearTimeout(limit);
  const lines = output().split('\n');
  return { code, lines: lines.filter((line) => line !== '' && !line.startsWith('{')) };
}

describe('a database that an operator has to look at: one line, and no start', () => {
  let front: ClickhouseFront;
  let secure: ClickhouseFront;
  let web: Server;
  const certificate = localhostCertificate();
  const webUrl = () => `http://127.0.0.1:${(web.address() as AddressInfo).port}`;

  beforeAll(async () => {
    front = await startClickhouseFront({ path: join(folder, 'ordinary') });
    secure = await startClickhouseFront({ path: join(folder, 'secure'), tls: certificate });
    web = createServer((_request, response) => response.end('<html><title>Welcome</title></html>'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  }, 60_000);
  afterAll(async () => {
    await front?.close();
    await secure?.close();
    web.closeAllConnections();
    web.close();
  });

  async function expectOneLine(url: string, words: RegExp, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const { code, lines } = await refusedStart(url, env);
    expect(lines).toEqual([expect.stringMatching(words)]);
    expect(lines[0]).toMatch(/^louver: /);
    expect(code).toBe(2);
  }

  test('a wrong password', async () => {
    await front.user('default', 'secret');
    await expectOneLine(front.url, /refuses the user, check user name and password, at .*Authentication failed.*516/);
    const wrong = front.url.replace('//', '//default:guess@');
    const { lines } = await refusedStart(wrong);
    expect(lines.join()).not.toContain('guess');
    await front.user('default', '');
  });

  test('the right password, from a file', async () => {
    await front.user('louver', 'from-a-file');
    await writeFile(join(folder, 'password'), 'from-a-file\n', { mode: 0o600 });
    const config = join(folder, 'louver.yaml');
    const clickhouse = { url: front.url, username: 'louver', password_file: join(folder, 'password') };
    await writeFile(config, JSON.stringify({ mqtt: { port: 0 }, clickhouse }));
    const louver = await startLouver(join(folder, 'with-password'), ['--config', config, '--no-model']);
    try {
      await ready(louver.httpUrl);
      expect(louver.output()).not.toContain('from-a-file');
    } finally {
      expect(await louver.kill('SIGTERM')).toBe(0);
      await front.user('default', '');
    }
  });

  test('something else that answers there', async () => {
    await expectOneLine(webUrl(), /no ClickHouse, use the URL of its HTTP interface.*a web page 'Welcome'/);
  });

  test('a certificate that is for another name, or that nobody vouches for', async () => {
    const trusting = { NODE_EXTRA_CA_CERTS: certificate.file };
    await expectOneLine(
      secure.url,
      /its TLS certificate is for another host name.*ERR_TLS_CERT_ALTNAME_INVALID/,
      trusting,
    );
    await expectOneLine(
      secure.url,
      /its TLS certificate is signed by itself; trust its authority with NODE_EXTRA_CA_CERTS/,
    );
    const named = secure.url.replace('127.0.0.1', 'localhost');
    const louver = await startLouver(join(folder, 'tls'), ['--no-model', '--clickhouse-url', named], trusting);
    await ready(louver.httpUrl);
    expect(await louver.kill('SIGTERM')).toBe(0);
  });

  test('a schema of a newer version, and tables of other columns', async () => {
    await front.sql('DROP DATABASE IF EXISTS iot');
    await front.sql('CREATE DATABASE iot');
    await front.sql(
      'CREATE TABLE iot.sensor_temperature (timestamp DateTime64(3), device_id String, value Float32) ' +
        'ENGINE = MergeTree ORDER BY device_id',
    );
    const { code, lines } = await refusedStart(front.url);
    expect(lines).toEqual([
      expect.stringMatching(/^louver: the tables of database 'iot' do not fit; alter them/),
      'louver: - sensor_temperature.value Float32',
      'louver: + sensor_temperature.value Float64',
    ]);
    expect(code).toBe(2);
    await front.sql('DROP DATABASE iot');
    const louver = await startLouver(join(folder, 'made'), ['--no-model', '--clickhouse-url', front.url]);
    expect(await louver.kill('SIGTERM')).toBe(0);
    await front.sql("INSERT INTO iot.schema_migrations VALUES (99, 'of tomorrow', '', now64(3))");
    await expectOneLine(front.url, /database 'iot' has schema version 99, this program knows versions up to \d+/);
    await front.sql('DROP DATABASE iot');
  });

  test('a missing database that the user may not make', async () => {
    const grants = ['SELECT, INSERT ON iot.*'];
    const restricted = await startClickhouseFront({ path: join(folder, 'restricted'), grants });
    try {
      await expectOneLine(restricted.url, /the user lacks a right.*grant CREATE DATABASE ON iot/);
    } finally {
      await restricted.close();
    }
  });
});

describe('a database that is away at the start', () => {
  let front: ClickhouseFront;
  let louver: LouverProcess | undefined;
  let publisher: LedgerPublisher;
  let count = 0;

  beforeEach(async () => {
    front = await startClickhouseFront({ path: join(folder, `away-${++count}`) });
    publisher = new LedgerPublisher(DEVICE);
  }, 60_000);
  afterEach(async () => {
    await publisher.stop();
    await louver?.kill('SIGKILL');
    await front.close();
  });

  const start = (): Promise<LouverProcess> =>
    startLouver(join(folder, `data-${count}`), ['--no-model', '--clickhouse-url', front.url]);

  /** Readings are taken in meanwhile, and stored when it comes. */
  async function storedAfter(end: () => unknown): Promise<number> {
    await publisher.start(louver!.mqttUrl);
    await publisher.acknowledgedAtLeast(500);
    await publisher.stop();
    await end();
    const endedMs = performance.now();
    const fresh = await publisher.publishOne(louver!.mqttUrl);
    const values = async (): Promise<readonly { readonly value: number }[]> =>
      front.sql('SELECT value FROM iot.sensor_temperature').catch(() => []) as never;
    const isStored = async (): Promise<boolean> => (await values()).some(({ value }) => value === fresh.value);
    await vi.waitUntil(isStored, { timeout: FRESH_WITHIN_MS, interval: 20 });
    const tookMs = performance.now() - endedMs;
    await ready(louver!.httpUrl);
    const stored = (await values()).map(({ value }) => ({ value, timestampMs: 0, timeSource: '' }));
    expect(checkLedger(publisher, stored)).toMatchObject({ missing: [], doubled: 0, foreign: [] });
    return Math.round(tookMs);
  }

  test.each([
    [
      'nothing listens',
      () => front.refuse(),
      () => front.listen(),
      (url: string) => `storage: .*opening failed at ${url}: nothing listens there`,
    ],
    [
      'it takes everything and never answers',
      () => front.misbehave({ kind: 'hang', when: 'before' }),
      () => front.misbehave({ kind: 'none' }),
      (url: string) => `storage: (no answer yet from ${url}|${url}: no answer for)`,
    ],
    [
      "a proxy's 503 is in its place",
      () => front.misbehave({ kind: 'answer', status: 503, body: '<html><title>503 Not now</title></html>' }),
      () => front.misbehave({ kind: 'none' }),
      (url: string) => `storage: .*opening failed at ${url}: an error from a web page '503 Not now'`,
    ],
  ])(
    '%s: the server starts, /readyz says so, everything is stored when it comes',
    async (name, begin, end, reason) => {
      await begin();
      louver = await start();
      const expected = new RegExp(reason(front.url));
      expect(louver.output()).toContain('Louver is up, but not ready yet, see /readyz');
      expect(await readiness(louver.httpUrl)).toMatch(expected);
      const tookMs = await storedAfter(end);
      console.log(`away at the start, ${name}: a fresh reading stored ${tookMs} ms after it came`);
      expect(await louver.kill('SIGTERM')).toBe(0);
    },
    90_000,
  );

  test('it comes with another password: said, and gone on when that is put right', async () => {
    await front.refuse();
    louver = await start();
    await front.user('default', 'other');
    await storedAfter(async () => {
      await front.listen();
      await expect.poll(() => readiness(louver!.httpUrl), { timeout: 20_000 }).toContain('refuses the user');
      await front.user('default', '');
    });
    expect(await louver.kill('SIGTERM')).toBe(0);
  }, 90_000);

  test('a server whose database hangs is ended by TERM, at the start and later', async () => {
    await front.misbehave({ kind: 'hang', when: 'before' });
    louver = await start();
    expect(await louver.kill('SIGTERM')).toBe(0);
    await front.misbehave({ kind: 'none' });
    louver = await start();
    await front.misbehave({ kind: 'hang', when: 'before' });
    await publisher.start(louver.mqttUrl);
    await publisher.acknowledgedAtLeast(500);
    await publisher.stop();
    expect(await louver.kill('SIGTERM')).toBe(0);
  }, 90_000);
});
