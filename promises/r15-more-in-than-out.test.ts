import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passes } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { freePort } from '../packages/core/test/support/free-port.js';
import { readiness, ready } from '../packages/server/test/support/api.js';
import { removeBundles, startProgram, type AskedProcess } from '../packages/server/test/support/bundled-process.js';
import { startClickhouseFront } from '../packages/server/test/support/clickhouse-front.js';
import { checkFleet, NOTHING_WRONG, summaryOf } from './support/fleet-check.js';
import { startFleet } from './support/fleet.js';
import type { MeteredAnswer } from './support/metered-server.js';
import { progress, report } from './support/report.js';
import { FRESH_WITHIN_MS, freshReadingStored, rssMb } from './support/server.js';
import { tiered } from './support/tier.js';

const METERED_SERVER = {
  folder: join(import.meta.dirname, 'support'),
  file: 'metered-server',
  run: 'runMeteredServer',
  external: ['@louver/*'],
};
/** A second; 9,000 at QoS 1 and 1,000 at QoS 0, from 100 devices and 10. */
const IN = { temperature: 9_000 };
const IN_QOS_0 = { temperature: 1_000 };
/** A second, when the database is fast again. */
const AFTERWARDS = { temperature: 1_000 };
/** What the database takes for everything: with batches of what is there, some hundred rows a second. */
const SLOW_MS = 6_000;
const LASTS_MS = tiered(6_000, 300_000);
const JOURNAL_BYTES = 8 * 1024 * 1024;
/**
 * Idle it is 150 MB (no engine and no model in it). Beyond: 50,000 rows that wait at 1 kB; 110 connections with 64 KiB read and 256 KiB
 * set aside; the journal's last 16 MiB; and as much again for the garbage between two collections.
 */
const MOST_MB = 600;

test('R15: 10,000 readings a second and a database that takes some hundred: held back, not lost; QoS 0 is shed and counted', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'louver-r15-'));
  const front = await startClickhouseFront({ path: join(folder, 'clickhouse') });
  const fleet = await startFleet({ prefix: 'dev', devices: 100 });
  const careless = await startFleet({ prefix: 'zero', devices: 10, qos: 0 });
  let server: AskedProcess | undefined;
  try {
    const config = join(folder, 'louver.yaml');
    await writeFile(config, `journal: { max_bytes: ${JOURNAL_BYTES} }\n`);
    const flags = {
      config,
      dataDir: join(folder, 'data'),
      clickhouseUrl: front.url,
      mqttPort: String(await freePort()),
      httpPort: '0',
      model: false,
    };
    server = await startProgram(METERED_SERVER, { flags });
    const { mqttPort, httpPort } = await server.said<MeteredAnswer>();
    const urls = { mqttUrl: `mqtt://127.0.0.1:${mqttPort}`, httpUrl: `http://127.0.0.1:${httpPort}` };
    await ready(urls.httpUrl);
    const idleMb = rssMb(server.child.pid!);
    await fleet.connect(mqttPort!);
    await careless.connect(mqttPort!);

    await front.misbehave({ kind: 'slow', ms: SLOW_MS });
    const storedBefore = await stored();
    await fleet.pace(IN);
    await careless.pace(IN_QOS_0);
    const beganMs = performance.now();
    // Until the journal is full, nothing is held back.
    await vi.waitUntil(async () => (await readiness(urls.httpUrl)).includes('E_JOURNAL_FULL'), { timeout: 30_000 });
    const fullAfterMs = performance.now() - beganMs;
    await fleet.tally();
    const tell = progress('R15');
    let mostMb = 0;
    for (const endsMs = performance.now() + LASTS_MS; performance.now() < endsMs; await passes(100)) {
      mostMb = Math.max(mostMb, rssMb(server.child.pid!));
      tell(() => `${Math.ceil((endsMs - performance.now()) / 1000)} s left, ${Math.round(mostMb)} MB`);
    }
    const during = await fleet.tally();
    const outPerSecond = ((await stored()) - storedBefore) / ((performance.now() - beganMs) / 1000);
    expect((await fetch(`${urls.httpUrl}/healthz`)).status).toBe(200);

    await front.misbehave({ kind: 'none' });
    await fleet.pace(AFTERWARDS);
    await careless.pace({});
    // What the database had begun takes its time.
    await passes(SLOW_MS);
    const fastMs = performance.now();
    // What was held back comes first.
    await ready(urls.httpUrl);
    const recoveredMs = Math.round(performance.now() - fastMs);
    const freshMs = await freshReadingStored(urls);
    await fleet.rest();
    const { dropped } = await fleet.tally();
    const { sent: sentQos0, dropped: droppedQos0 } = await careless.tally();
    const [ledger, ledgerQos0] = [await fleet.ledger(), await careless.ledger()];
    await fleet.leave();
    await careless.leave();
    // Behind all that was acknowledged.
    const { counts } = await server.ask<MeteredAnswer>({});
    const closed = new Promise((resolve) => server!.child.once('exit', resolve));
    server.child.kill('SIGTERM');
    expect(await closed).toBe(0);

    const result = await checkFleet(ledger, front.sql);
    const [row] = await front.sql<{ n: string }>(
      `SELECT count() AS n FROM iot.sensor_temperature WHERE device_id LIKE 'zero-%'`,
    );
    const shed = (counts!['broker_shed_total'] ?? 0) + (counts!['shed_total'] ?? 0);
    report(
      'R15',
      `journal full after ${(fullAfterMs / 1000).toFixed(1)} s; then ${Math.round(during.acknowledged / during.seconds)} of ` +
        `${IN.temperature}/s acknowledged, ${Math.round(outPerSecond)}/s stored; memory ${Math.round(idleMb)} MB idle, ` +
        `${Math.round(mostMb)} MB at most; QoS 0: ${sentQos0} sent, ${row!.n} stored, ${shed} shed; ` +
        `nothing held back ${recoveredMs} ms after it; fresh reading stored after ${freshMs} ms; ${summaryOf(result)}`,
    );
    expect(result).toMatchObject(NOTHING_WRONG);
    expect((await checkFleet(ledgerQos0, front.sql)).doubled).toEqual([]);
    expect(shed).toBeGreaterThan(0);
    expect(Number(row!.n) + shed).toBe(ledgerQos0.streams.reduce((sum, { sent }) => sum + sent, 0));
    expect(during.acknowledged / during.seconds).toBeLessThan(IN.temperature / 2);
    expect(during.dropped + dropped + droppedQos0).toBe(0);
    expect(mostMb).toBeLessThan(MOST_MB);
    expect(freshMs).toBeLessThan(FRESH_WITHIN_MS);
  } finally {
    await fleet.close();
    await careless.close();
    await server?.kill();
    await front.close();
    await removeBundles();
    await rm(folder, { recursive: true, force: true });
  }

  async function stored(): Promise<number> {
    const [row] = await front.sql<{ n: string }>('SELECT count() AS n FROM iot.sensor_temperature');
    return Number(row!.n);
  }
});
