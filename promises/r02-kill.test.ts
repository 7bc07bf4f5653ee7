import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passes } from 'node:timers/promises';
import { seededRandom } from '@louver/device-esp32';
import { expect, test } from 'vitest';
import { freePort } from '../packages/core/test/support/free-port.js';
import { removeBundles } from '../packages/server/test/support/bundled-process.js';
import { runLouver, startLouver, type LouverProcess } from '../packages/server/test/support/louver-process.js';
import { withDatabase } from './support/database.js';
import { checkFleet, NOTHING_WRONG, summaryOf } from './support/fleet-check.js';
import { startFleet } from './support/fleet.js';
import { progress, report } from './support/report.js';
import { FRESH_WITHIN_MS, freshReadingStored } from './support/server.js';
import { SEED, tiered } from './support/tier.js';

const KILLS = tiered(20, 200);
const DEVICES = 20;
/** A second. Decided upon is every recording, and a temperature that has changed by half a degree. */
const RATES = { temperature: 1_500, humidity: 500, audio: 20 };
/** Every so many kills a server is killed that has only begun to start: while it recovers from the kill before. */
const IN_START = 4;
/** Every so many kills the database is looked at: one that had everything already proves nothing. */
const LOOKED_AT = 5;

test(`R2: ${KILLS} × kill -9 under load: what was acknowledged is stored once, commands and recordings too (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const folder = await mkdtemp(join(tmpdir(), 'louver-r02-'));
  const port = await freePort();
  const args = ['--mqtt-port', String(port), '--log-level', 'warn'];
  const fleet = await startFleet({ prefix: 'dev', devices: DEVICES });
  const unstored: number[] = [];
  const tell = progress('R2');
  let louver: LouverProcess | undefined;
  try {
    louver = await startLouver(folder, args);
    await fleet.listen(port);
    await fleet.connect(port);
    // Throughout: through every kill and every start.
    await fleet.pace(RATES);
    for (let kill = 1; kill <= KILLS; kill++) {
      const afterMs = 50 + Math.floor(450 * random());
      if (kill % IN_START === 0) {
        const starting = runLouver(['serve', '--http-port', '0', '--data-dir', folder, ...args]);
        await passes(afterMs);
        starting.child.kill('SIGKILL');
        await starting.exited;
      } else {
        louver ??= await startLouver(folder, args);
        await passes(afterMs);
        await louver.kill('SIGKILL');
      }
      louver = undefined;
      tell(() => `${kill} of ${KILLS} kills`);
      if (kill % LOOKED_AT !== 1) continue;
      const ledger = await fleet.ledger();
      unstored.push(await withDatabase(folder, async (sql) => (await checkFleet(ledger, sql)).missing.length));
    }
    const startedMs = performance.now();
    louver = await startLouver(folder, args);
    const readyMs = Math.round(performance.now() - startedMs);
    const freshMs = await freshReadingStored(louver);
    const { resent, dropped } = await fleet.tally();
    await fleet.rest();
    const ledger = await fleet.ledger();
    await fleet.leave();
    expect(await louver.kill('SIGTERM')).toBe(0);

    const result = await withDatabase(folder, (sql) => checkFleet(ledger, sql));
    report(
      'R2',
      `${KILLS} kills, unstored at ${unstored.length} of them: ${unstored.join(' ')}; ${dropped} connections lost, ` +
        `${resent} sent again; up after ${readyMs} ms, fresh reading stored ${freshMs} ms later; ${summaryOf(result)}`,
    );
    expect(result).toMatchObject(NOTHING_WRONG);
    expect(unstored.some((count) => count > 0)).toBe(true);
    expect(result.recordings).toBeGreaterThan(KILLS);
    expect(result.commands).toBeGreaterThan(KILLS);
    expect(freshMs).toBeLessThan(FRESH_WITHIN_MS);
  } finally {
    await fleet.close();
    await louver?.kill('SIGKILL');
    await removeBundles();
    await rm(folder, { recursive: true, force: true });
  }
});
