// How fast what an outage of the database has left behind is stored, while 1,000 readings a second go on coming: journal on the
// disk, embedded ClickHouse that refuses every call for a while.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { report, row } from '../../../tools/bench/report.mjs';
import { startChild } from './support/child.mjs';

const LIVE_PER_SECOND = 1_000;
/** More than the 50,000 rows that may wait in memory: the rest is read back from the disk. */
const OUTAGE_MS = Number(process.env.LOUVER_BENCH_SECONDS ?? 60) * 1_000;
/** Of the newest readings, 200 ms are waiting for their batch at any time. */
const SLACK = LIVE_PER_SECOND / 2;

const folder = await mkdtemp(join(tmpdir(), 'louver-bench-catch-up-'));
const broker = startChild('./broker.mjs');
const publisher = startChild('./raw-publisher.mjs');
const pipeline = startChild('./pipeline-consumer.mjs', [folder]);
let found;
let load;
try {
  const { port } = await broker.ask('listen');
  await pipeline.ask('attach', { port, protocolVersion: 4, canFail: true });
  await publisher.ask('pace', { port, perSecond: LIVE_PER_SECOND, baseMs: Date.now() });
  await sleep(2_000);
  await pipeline.ask('breakStorage');
  await sleep(OUTAGE_MS);
  found = await pipeline.ask('mendStorage', { slack: SLACK });
  load = await publisher.ask('stopPacing');
  await pipeline.ask('detach');
} finally {
  for (const child of [publisher, pipeline, broker]) await child.stop();
  await rm(folder, { recursive: true, force: true });
}
const expected = (0.9 * LIVE_PER_SECOND * OUTAGE_MS) / 1000;
if (!(load.perSecond > 0.95 * LIVE_PER_SECOND && found.backlog > expected)) {
  throw new Error(`found ${JSON.stringify({ ...found, load })}, expected a backlog of at least ${expected} readings`);
}

await report(
  'catch-up',
  [
    row({
      name: `catching up after ${OUTAGE_MS / 1000} s without the database`,
      figure: (found.stored * 1000) / found.tookMs,
      unit: 'rows/s',
      against: { figure: LIVE_PER_SECOND, what: 'live' },
      floor: { of: 'ratio', least: 5 },
    }),
  ],
  { ...found, load },
);
