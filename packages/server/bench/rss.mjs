// Whether memory grows under a load that lasts: the server as people run it, 5,000 readings a second of 100 devices for half an hour, after a minute
// of warming up. The slope of its resident memory over the last 80 % of the run, by least squares through the least of each ten seconds: what the
// garbage collector has not come to yet is no growth. Shorter runs cannot tell 1 MB/min from nothing: heaps and the database's pools swing by 30 MB,
// which makes five minutes uncertain by 2 MB/min. The uncertainty is printed beside the slope.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { report, row } from '../../../tools/bench/report.mjs';
import { startChild } from './support/child.mjs';
import { startLouver } from './support/louver-server.mjs';

const PER_SECOND = 5_000;
const DEVICES = 100;
const RUN_MS = Number(process.env.LOUVER_BENCH_SECONDS ?? 1_800) * 1_000;
const WARM_UP_MS = 60_000;
const SAMPLE_MS = 500;
const SAY_MS = 5 * 60_000;
const SAMPLES_IN_WINDOW = 20;
const LEFT_OUT_SHARE = 0.2;

const server = await startLouver();
const fleet = startChild('./fleet.mjs');
const samples = [];
let found;
try {
  await fleet.ask('start', { port: server.mqttPort, devices: DEVICES, perSecond: PER_SECOND, warmUpMs: 0 });
  await sleep(WARM_UP_MS);
  const startedMs = performance.now();
  let saidMs = startedMs;
  while (performance.now() - startedMs < RUN_MS) {
    if (performance.now() - saidMs >= SAY_MS) {
      saidMs = performance.now();
      const left = Math.round((startedMs + RUN_MS - saidMs) / 60_000);
      console.log(`rss … ${left} min left, ${Math.round(samples.at(-1).megabytes)} MB`);
    }
    samples.push({ minutes: (performance.now() - startedMs) / 60_000, megabytes: residentMegabytes(server.pid) });
    await sleep(SAMPLE_MS);
  }
  found = await fleet.ask('stop');
} finally {
  await fleet.stop();
  await server.stop();
}
if (!(found.perSecond > 0.95 * PER_SECOND && found.acknowledged === found.sent)) {
  throw new Error(`found ${JSON.stringify(found)}, expected ${PER_SECOND} a second, all acknowledged`);
}

const last = samples.slice(Math.floor(samples.length * LEFT_OUT_SHARE));
const least = [];
for (let i = 0; i < last.length; i += SAMPLES_IN_WINDOW) {
  least.push(last.slice(i, i + SAMPLES_IN_WINDOW).reduce((a, b) => (b.megabytes < a.megabytes ? b : a)));
}
const growth = slope(least);
const under = `${PER_SECOND.toLocaleString('en')} msg/s for ${RUN_MS / 60_000} min`;
await report(
  'rss',
  [
    row({
      name: `growth of resident memory, ${under}`,
      figure: growth.perMinute,
      unit: 'MB/min',
      floor: { of: 'figure', most: 1 },
    }),
    row({ name: '… standard error of that slope', figure: growth.uncertainty, unit: 'MB/min' }),
    row({ name: `resident memory, ${under}, most`, figure: Math.max(...last.map((s) => s.megabytes)), unit: 'MB' }),
  ],
  { ...found, samples },
);

function residentMegabytes(pid) {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes ?? NaN) / 1024;
}

/** Of the straight line nearest to the points, with its standard error. */
function slope(points) {
  const mean = (pick) => points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const x = mean(({ minutes }) => minutes);
  const y = mean(({ megabytes }) => megabytes);
  const spread = mean((p) => (p.minutes - x) ** 2);
  const perMinute = mean((p) => (p.minutes - x) * (p.megabytes - y)) / spread;
  const rest = mean((p) => (p.megabytes - y - perMinute * (p.minutes - x)) ** 2);
  return { perMinute, uncertainty: Math.sqrt(rest / spread / (points.length - 2)) };
}
