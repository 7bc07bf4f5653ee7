import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passes } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ready } from '../packages/server/test/support/api.js';
import { removeBundles } from '../packages/server/test/support/bundled-process.js';
import { startLouver, type LouverProcess } from '../packages/server/test/support/louver-process.js';
import { withDatabase } from './support/database.js';
import { checkFleet, NOTHING_WRONG, summaryOf } from './support/fleet-check.js';
import { startFleet } from './support/fleet.js';
import { progress, report } from './support/report.js';
import { FRESH_WITHIN_MS, freshReadingStored, growthPerMinute, rssMb, type MemorySample } from './support/server.js';
import { tiered, TIER } from './support/tier.js';

const DEVICES = 100;
const PER_SECOND = 5_000;
const WARM_UP_MS = tiered(3_000, 60_000);
const LASTS_MS = tiered(8_000, 30 * 60_000);
/** Ten times as long within `npm test`, where the machine may be busy. */
const ACK_P99_MS = tiered(200, 20);
/** Engine, model and journal in use need about 500. */
const MOST_MB = 1_000;
const GROWTH_MB_PER_MINUTE = 1;

test(`R1: ${DEVICES} devices publish ${PER_SECOND} readings a second: acknowledged in time, stored once, memory flat`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'louver-r01-'));
  const fleet = await startFleet({ prefix: 'dev', devices: DEVICES });
  let louver: LouverProcess | undefined;
  try {
    louver = await startLouver(folder, ['--log-level', 'warn']);
    await ready(louver.httpUrl);
    await fleet.listen(louver.mqttPort);
    await fleet.connect(louver.mqttPort);
    // One humidity each, so that a temperature that has changed by half a degree is decided upon.
    await fleet.pace({ humidity: 1_000 });
    for (let sent = 0; sent < DEVICES; sent += (await fleet.tally()).sent) await passes(10);
    await fleet.pace({ temperature: PER_SECOND });
    await passes(WARM_UP_MS);
    await fleet.tally();

    const memory: MemorySample[] = [];
    const tell = progress('R1');
    const endsMs = performance.now() + LASTS_MS;
    while (performance.now() < endsMs) {
      memory.push({ atMs: performance.now(), mb: rssMb(louver.pid) });
      tell(() => `${Math.ceil((endsMs - performance.now()) / 60_000)} min left, ${Math.round(memory.at(-1)!.mb)} MB`);
      await passes(250);
    }
    const load = await fleet.tally();
    const freshMs = await freshReadingStored(louver);
    await fleet.rest();
    const ledger = await fleet.ledger();
    await fleet.leave();
    expect(await louver.kill('SIGTERM')).toBe(0);

    const result = await withDatabase(folder, (sql) => checkFleet(ledger, sql));
    const perSecond = load.acknowledged / load.seconds;
    const growth = growthPerMinute(memory);
    const mostMb = Math.max(...memory.map(({ mb }) => mb));
    report(
      'R1',
      `${Math.round(perSecond)} readings/s acknowledged, ack p50 ${load.ackMs.p50} ms, p99 ${load.ackMs.p99} ms, ` +
        `max ${Math.round(load.ackMs.max)} ms; memory ${Math.round(mostMb)} MB, ${growth.toFixed(1)} MB/min; ` +
        `fresh reading stored after ${freshMs} ms; ${summaryOf(result)}`,
    );
    expect(result).toMatchObject(NOTHING_WRONG);
    expect(result.commands).toBeGreaterThan(0);
    expect(load.dropped).toBe(0);
    expect(load.ackMs.p99).toBeLessThanOrEqual(ACK_P99_MS);
    expect(freshMs).toBeLessThan(FRESH_WITHIN_MS);
    expect(mostMb).toBeLessThan(MOST_MB);
    if (TIER === 'N') {
      expect(perSecond).toBeGreaterThan(0.99 * PER_SECOND);
      expect(growth).toBeLessThan(GROWTH_MB_PER_MINUTE);
    } else {
      expect(perSecond).toBeGreaterThan(PER_SECOND / 10);
    }
  } finally {
    await fleet.close();
    await louver?.kill('SIGKILL');
    await removeBundles();
    await rm(folder, { recursive: true, force: true });
  }
});
