import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passes } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import type { StoredReading } from '@louver/core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ready, readiness } from '../support/api.js';
import { removeBundles } from '../support/bundled-process.js';
import { startClickhouseFront, type ClickhouseFront } from '../support/clickhouse-front.js';
import { checkLedger } from '../support/ledger-check.js';
import { LedgerPublisher } from '../support/ledger-publisher.js';
import { startLouver, type LouverProcess } from '../support/louver-process.js';

/**
 * What else a database does than R3 says (promises/r03-database-down.test.ts). Promised are 2 s; here ten times as much, because the machine
 * may be busy. What it took is printed.
 */
const FRESH_WITHIN_MS = 20_000;
const DURING_FAULT = 1_000;
/** From the third second on the attempts are as far from each other as they will ever be. */
const LASTS_MS = 2_500;

interface DatabaseFault {
  readonly name: string;
  readonly begin: (front: ClickhouseFront) => unknown;
  /** Default: it behaves again. */
  readonly end?: (front: ClickhouseFront) => unknown;
  /** What `/readyz` says meanwhile; absent: rows are stored nevertheless, if late. */
  readonly reason?: (url: string) => string;
}

const FAULTS: readonly DatabaseFault[] = [
  {
    name: 'carries inserts out and never says so',
    begin: (front) => front.misbehave({ kind: 'hang', when: 'after' }),
    reason: (url) => `storage: ${url}: no answer for \\d+ s`,
  },
  {
    name: 'is stopped and goes on',
    begin: (front) => front.child.kill('SIGSTOP'),
    end: (front) => front.child.kill('SIGCONT'),
    // Or what had become of a request that was lost in the fault before: a table says so until its next attempt is over.
    reason: (url) => `storage: (${url}: no answer for \\d+ s|\\w+: .*failed at ${url}: the server was silent)`,
  },
  {
    name: 'breaks connections off',
    begin: (front) => front.misbehave({ kind: 'cut', when: 'before' }),
    reason: (url) => `storage: \\w+: .*failed at ${url}: the connection was closed before the answer`,
  },
  {
    name: 'breaks connections off when it has carried an insert out',
    begin: (front) => front.misbehave({ kind: 'cut', when: 'after' }),
  },
  {
    name: "is hidden by a proxy's 503",
    begin: (front) =>
      front.misbehave({ kind: 'answer', status: 503, body: '<html><title>503 Service Unavailable</title></html>' }),
    reason: (url) => `storage: \\w+: .*failed at ${url}: an error from a web page '503 Service Unavail`,
  },
  {
    name: "is hidden by a proxy's page with a good status",
    begin: (front) => front.misbehave({ kind: 'answer', status: 200, body: '<html><h1>Back soon</h1></html>' }),
    reason: (url) => `failed at ${url}: not ClickHouse's answer but a web page 'Back soon'`,
  },
  {
    name: 'has another password',
    begin: (front) => front.user('default', 'changed'),
    end: (front) => front.user('default', ''),
    reason: (url) => `ClickHouse refuses the user, .*failed at ${url}: .*Authentication failed.*ClickHouse code 516`,
  },
  {
    name: 'has lost a table',
    begin: (front) => front.sql('RENAME TABLE iot.sensor_temperature TO iot.elsewhere'),
    end: (front) => front.sql('RENAME TABLE iot.elsewhere TO iot.sensor_temperature'),
    reason: (url) => `failed at ${url}: .*iot.sensor_temperature.*ClickHouse code 60`,
  },
];

describe('the database of a running server', () => {
  let folder: string;
  let front: ClickhouseFront;
  let louver: LouverProcess;
  let device: MqttClient;
  const publishers: LedgerPublisher[] = [];
  const controls: { readonly device_id: string; readonly command_id: string }[] = [];
  const times: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'louver-remote-'));
    front = await startClickhouseFront({ path: join(folder, 'clickhouse') });
    louver = await startLouver(join(folder, 'data'), ['--clickhouse-url', front.url]);
    await ready(louver.httpUrl);
    device = await connectAsync(louver.mqttUrl);
    device.on('message', (_topic, payload) => controls.push(JSON.parse(payload.toString()) as never));
    await device.subscribeAsync('window/+/control', { qos: 1 });
  }, 60_000);

  afterAll(async () => {
    for (const publisher of publishers) await publisher.stop();
    await device?.endAsync(true);
    await louver?.kill('SIGKILL');
    await front?.close();
    await removeBundles();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(FAULTS.map((fault, number) => [fault.name, fault, number] as const))(
    'it %s: acknowledgements and commands go on, and everything is stored once',
    async (name, { begin, end, reason }, number) => {
      const deviceId = `dev-${number}`;
      const publisher = new LedgerPublisher(deviceId);
      publishers.push(publisher);
      await begin(front);
      const lasts = passes(LASTS_MS);
      await acknowledged(publisher);
      if (reason !== undefined) {
        const expected = new RegExp(reason(front.url));
        await expect.poll(() => readiness(louver.httpUrl), { timeout: 20_000 }).toMatch(expected);
        expect((await fetch(`${louver.httpUrl}/readyz`)).status).toBe(503);
      }
      expect((await fetch(`${louver.httpUrl}/healthz`)).status).toBe(200);
      await decided(`control-${number}`);
      await acknowledged(publisher);
      await lasts;

      await (end === undefined ? front.misbehave({ kind: 'none' }) : end(front));
      const endedMs = performance.now();
      const fresh = await publisher.publishOne(louver.mqttUrl);
      await vi.waitUntil(async () => (await stored(deviceId, `AND value = ${fresh.value}`)).length > 0, {
        timeout: FRESH_WITHIN_MS,
        interval: 10,
      });
      times.push(`${name}: ${Math.round(performance.now() - endedMs)} ms`);
      await ready(louver.httpUrl);
      expect(checkLedger(publisher, await stored(deviceId))).toMatchObject({ missing: [], doubled: 0, foreign: [] });
    },
    90_000,
  );

  test('every command that a device received has its one row, and an outage few lines in the log', async () => {
    const rows = () => front.sql<{ command_id: string }>('SELECT command_id FROM iot.window_actions');
    await expect.poll(async () => (await rows()).length, { timeout: FRESH_WITHIN_MS }).toBe(controls.length);
    expect((await rows()).map(({ command_id }) => command_id).sort()).toEqual(
      controls.map(({ command_id }) => command_id).sort(),
    );
    const complaints = louver.output().match(/"msg":"batch not stored/g) ?? [];
    const readings = publishers.reduce((sum, publisher) => sum + publisher.acknowledged.length, 0);
    console.log(
      `remote ClickHouse: ${readings} readings acknowledged and stored once, ${controls.length} commands, ` +
        `${complaints.length} lines in the log; a fresh reading stored after the database\n  ${times.join('\n  ')}`,
    );
    // Per fault one for each of at most ten tables and, after it, not one for each of the attempts.
    expect(complaints.length).toBeLessThan(10 * FAULTS.length);
    expect(await louver.kill('SIGTERM')).toBe(0);
  });

  /** A pair of readings makes a command. */
  async function decided(deviceId: string): Promise<void> {
    const timestamp = new Date().toISOString();
    await device.publishAsync(`sensor/${deviceId}/temperature`, JSON.stringify({ value: 27, timestamp }), { qos: 1 });
    await device.publishAsync(`sensor/${deviceId}/humidity`, JSON.stringify({ value: 60, timestamp }), { qos: 1 });
    await vi.waitUntil(() => controls.some(({ device_id }) => device_id === deviceId), { timeout: 20_000 });
  }

  /** Readings are taken in, whatever the database does. */
  async function acknowledged(publisher: LedgerPublisher): Promise<void> {
    await publisher.start(louver.mqttUrl);
    await publisher.acknowledgedAtLeast(publisher.acknowledged.length + DURING_FAULT);
    await publisher.stop();
  }

  async function stored(deviceId: string, condition = ''): Promise<readonly StoredReading[]> {
    const sql = `SELECT value FROM iot.sensor_temperature WHERE device_id = '${deviceId}' ${condition}`;
    const rows = await front.sql<{ readonly value: number }>(sql);
    return rows.map(({ value }) => ({ value, timestampMs: 0, timeSource: 'device' }));
  }
});
