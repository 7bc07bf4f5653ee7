import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passes } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { freePort } from '../packages/core/test/support/free-port.js';
import { readiness, ready } from '../packages/server/test/support/api.js';
import { removeBundles } from '../packages/server/test/support/bundled-process.js';
import { startClickhouseFront, type ClickhouseFront } from '../packages/server/test/support/clickhouse-front.js';
import { startLouver, type LouverProcess } from '../packages/server/test/support/louver-process.js';
import { checkFleet, NOTHING_WRONG, summaryOf } from './support/fleet-check.js';
import { startFleet, type Fleet } from './support/fleet.js';
import { progress, report } from './support/report.js';
import { FRESH_WITHIN_MS, freshReadingStored } from './support/server.js';
import { TIER, tiered } from './support/tier.js';

const DEVICES = 50;
/** A second. Decided upon is every recording, and a temperature that has changed by half a degree. */
const RATES = { temperature: 750, humidity: 240, audio: 10 };
const PER_SECOND = 1_000;
/** Four faults: 20 s in all, or five minutes. */
const LASTS_MS = tiered(3_000, 75_000);
/** Ten times as long within `npm test`. */
const ACK_P99_MS = tiered(200, 20);
/** Times the live rate. */
const DRAINED = 5;
/** Before the kill, and after it with the database still away. */
const COMMANDS = 20;

interface DatabaseFault {
  readonly name: string;
  readonly begin: (front: ClickhouseFront) => Promise<void>;
  /** Default: it behaves again. */
  readonly end?: (front: ClickhouseFront) => Promise<void>;
  /** What `/readyz` says meanwhile; absent: it is slow, and that counts as ready. */
  readonly reason?: (url: string) => string;
}

const FAULTS: readonly DatabaseFault[] = [
  {
    name: 'refuses',
    begin: (front) => front.refuse(),
    end: (front) => front.listen(),
    reason: (url) => `storage: \\w+: .*failed at ${url}: nothing listens there.*ECONNREFUSED`,
  },
  {
    name: 'hangs',
    begin: (front) => front.misbehave({ kind: 'hang', when: 'before' }),
    reason: (url) => `storage: ${url}: no answer for \\d+ s`,
  },
  {
    name: 'answers 500',
    begin: (front) =>
      front.misbehave({
        kind: 'answer',
        status: 500,
        code: 241,
        body: 'Code: 241. DB::Exception: (total) memory limit exceeded. (MEMORY_LIMIT_EXCEEDED) (version 26.7.2.1)',
      }),
    reason: (url) => `storage: \\w+: .*failed at ${url}: .*memory limit exceeded.*ClickHouse code 241`,
  },
  { name: 'is slow', begin: (front) => front.misbehave({ kind: 'slow', ms: 3_000 }) },
];

let folder: string;
let front: ClickhouseFront;
let louver: LouverProcess;
let fleet: Fleet;
let port: number;

const start = (): Promise<LouverProcess> =>
  startLouver(join(folder, 'data'), [
    '--clickhouse-url',
    front.url,
    '--mqtt-port',
    String(port),
    '--log-level',
    'warn',
  ]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-r03-'));
  front = await startClickhouseFront({ path: join(folder, 'clickhouse') });
  port = await freePort();
  fleet = await startFleet({ prefix: 'dev', devices: DEVICES });
  louver = await start();
  await ready(louver.httpUrl);
  await fleet.listen(port);
  await fleet.connect(port);
  await fleet.pace(RATES);
  await vi.waitUntil(async () => (await fleet.tally()).commands > 0, { timeout: 20_000 });
});

afterAll(async () => {
  await fleet?.close();
  await louver?.kill('SIGKILL');
  await front?.close();
  await removeBundles();
  await rm(folder, { recursive: true, force: true });
});

test.each(FAULTS.map((fault) => [fault.name, fault] as const))(
  `R3: the database %s: acknowledgements and commands go on, then everything is stored`,
  async (name, { begin, end, reason }) => {
    await fleet.tally();
    const endsMs = performance.now() + LASTS_MS;
    await begin(front);
    if (reason !== undefined) {
      await expect.poll(() => readiness(louver.httpUrl), { timeout: 20_000 }).toMatch(new RegExp(reason(front.url)));
      expect((await fetch(`${louver.httpUrl}/readyz`)).status).toBe(503);
    }
    expect((await fetch(`${louver.httpUrl}/healthz`)).status).toBe(200);
    const tell = progress('R3');
    for (; performance.now() < endsMs; await passes(Math.min(1_000, Math.max(0, endsMs - performance.now())))) {
      tell(() => `the database ${name}, ${Math.ceil((endsMs - performance.now()) / 1000)} s left`);
    }
    const during = await fleet.tally();
    const owed = await acknowledged();
    const storedBefore = await stored();

    await (end === undefined ? front.misbehave({ kind: 'none' }) : end(front));
    const endedMs = performance.now();
    const fresh = freshReadingStored(louver, endedMs);
    let storedAfter = 0;
    await vi.waitUntil(async () => (storedAfter = await stored()) >= owed, { timeout: 60_000, interval: 20 });
    const drainedPerSecond = ((storedAfter - storedBefore) / (performance.now() - endedMs)) * 1000;
    const freshMs = await fresh;
    await ready(louver.httpUrl);

    report(
      'R3',
      `the database ${name}: ${during.acknowledged} acknowledged in ${during.seconds.toFixed(0)} s, ack p50 ${during.ackMs.p50} ms, ` +
        `p99 ${during.ackMs.p99} ms; ${during.commands} commands; ${owed - storedBefore} rows behind, drained at ` +
        `${Math.round(drainedPerSecond)} rows/s; fresh reading stored after ${freshMs} ms`,
    );
    const dueInTierC = (PER_SECOND * during.seconds) / 10;
    expect(during.acknowledged).toBeGreaterThan(TIER === 'N' ? 9 * dueInTierC : dueInTierC);
    expect(during.ackMs.p99).toBeLessThanOrEqual(ACK_P99_MS);
    expect(during.commands).toBeGreaterThan(during.seconds);
    expect(drainedPerSecond).toBeGreaterThanOrEqual((DRAINED * PER_SECOND) / tiered(10, 1));
    expect(freshMs).toBeLessThan(FRESH_WITHIN_MS);
  },
  tiered(120_000, 600_000),
);

test('R3: kill -9 while it is away: each command that was received has one row, and each prediction', async () => {
  await front.refuse();
  await commands(COMMANDS);
  await louver.kill('SIGKILL');
  louver = await start();
  expect(await readiness(louver.httpUrl)).toContain('storage');
  await fleet.tally();
  await commands(COMMANDS);
  await front.listen();
  const freshMs = await freshReadingStored(louver);
  await fleet.rest();
  const ledger = await fleet.ledger();
  await fleet.leave();
  // It stores what is pending before it ends.
  expect(await louver.kill('SIGTERM')).toBe(0);

  const result = await checkFleet(ledger, (statement) => front.sql(statement));
  report('R3', `with a kill while it was away: fresh reading stored after ${freshMs} ms; ${summaryOf(result)}`);
  expect(result).toMatchObject(NOTHING_WRONG);
  expect(result.commands).toBeGreaterThanOrEqual(2 * COMMANDS);
  expect(freshMs).toBeLessThan(FRESH_WITHIN_MS);
});

/** So many more are received. */
async function commands(count: number): Promise<void> {
  let received = 0;
  await vi.waitUntil(async () => (received += (await fleet.tally()).commands) >= count, { timeout: 30_000 });
}

/** Readings of the fleet that are owed to it. */
async function acknowledged(): Promise<number> {
  const { streams } = await fleet.ledger();
  return streams.reduce((sum, stream) => sum + stream.acknowledged.reduce((count, each) => count + each, 0), 0);
}

/** Of the fleet's readings. */
async function stored(): Promise<number> {
  const tables = ['temperature', 'humidity', 'audio'].map(
    (measure) => `SELECT count() AS n FROM iot.sensor_${measure} WHERE device_id LIKE 'dev-%'`,
  );
  const [row] = await front.sql<{ n: string }>(`SELECT sum(n) AS n FROM (${tables.join(' UNION ALL ')})`);
  return Number(row!.n);
}
