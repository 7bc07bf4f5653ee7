// How long a device waits for its acknowledgement: the server as people run it, embedded broker, journal synced on the disk; 100 devices, each
// with a connection, publish 5,000 readings a second from another process.
import { report, row } from '../../../tools/bench/report.mjs';
import { startChild } from './support/child.mjs';
import { startLouver } from './support/louver-server.mjs';

const PER_SECOND = 5_000;
const DEVICES = 100;
const WARM_UP_MS = 5_000;
const MEASURE_MS = Number(process.env.LOUVER_BENCH_SECONDS ?? 20) * 1_000;

const server = await startLouver();
const fleet = startChild('./fleet.mjs');
let found;
try {
  await fleet.ask('start', { port: server.mqttPort, devices: DEVICES, perSecond: PER_SECOND, warmUpMs: WARM_UP_MS });
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS + MEASURE_MS));
  found = await fleet.ask('stop');
} finally {
  await fleet.stop();
  await server.stop();
}
if (!(found.perSecond > 0.95 * PER_SECOND && found.acknowledged === found.sent)) {
  throw new Error(`found ${JSON.stringify(found)}, expected ${PER_SECOND} a second, all acknowledged`);
}

const under = `${PER_SECOND.toLocaleString('en')} msg/s, ${DEVICES} devices`;
await report(
  'ack-latency',
  [
    row({ name: `acknowledgement, synced, ${under}, p50`, figure: found.ms.p50, unit: 'ms' }),
    row({
      name: `acknowledgement, synced, ${under}, p99`,
      figure: found.ms.p99,
      unit: 'ms',
      floor: { of: 'figure', most: 20 },
    }),
  ],
  found,
);
