// From a temperature published to its window command received, without sound: alone, and while another process publishes 1,000 readings a
// second at QoS 1.
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../../../tools/bench/measure.mjs';
import { report, row } from '../../../tools/bench/report.mjs';
import { startChild } from './support/child.mjs';
import { connectDevice, reading } from './support/device.mjs';
import { startLouver } from './support/louver-server.mjs';

const WARM_UP = 100;
const READINGS = 1_000;
const LOAD_PER_SECOND = 1_000;
/** 5 °C apart: ten times the threshold. */
const TEMPERATURES = [20, 25];

const server = await startLouver();
const load = startChild('./raw-publisher.mjs');
let alone;
let loaded;
let background;
try {
  const device = await connectDevice(server.mqttPort, 'bench-reading');
  await device.send('humidity', 55);
  await roundTrips(device, WARM_UP);
  alone = await roundTrips(device, READINGS);
  await load.ask('pace', { port: server.mqttPort, perSecond: LOAD_PER_SECOND, baseMs: Date.now() - 3_600_000 });
  await sleep(1_000);
  loaded = await roundTrips(device, READINGS);
  background = await load.ask('stopPacing');
  await device.close();
} finally {
  await load.stop();
  await server.stop();
}
if (!(background.perSecond > 0.95 * LOAD_PER_SECOND && background.acknowledged > 0.95 * background.sent)) {
  throw new Error(`the load was ${JSON.stringify(background)}, expected ${LOAD_PER_SECOND} a second, acknowledged`);
}

const figure = (name, times, q) => ({ name: `reading published → command received, ${name}`, figure: quantile(times, q), unit: 'ms' }); // prettier-ignore
const under = `at ${LOAD_PER_SECOND.toLocaleString('en')} msg/s`;
await report(
  'reading-to-command',
  [
    row({ ...figure('p50', alone, 0.5), floor: { of: 'figure', most: 5 } }),
    row(figure('p99', alone, 0.99)),
    row({ ...figure(`p50 ${under}`, loaded, 0.5), floor: { of: 'figure', most: 5 } }),
    row({ ...figure(`p99 ${under}`, loaded, 0.99), floor: { of: 'figure', most: 25 } }),
  ],
  { readings: READINGS, maxMs: { alone: quantile(alone, 1), loaded: quantile(loaded, 1) }, background },
);

/** One after the other: the next reading is published when the command for the last one is there. */
async function roundTrips(device, count) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const value = TEMPERATURES[i % 2];
    times.push(await device.roundTrip('temperature', reading(value), (c) => c.features_used.temperature === value));
  }
  return times;
}
