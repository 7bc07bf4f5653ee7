// A thousand simulated devices in one process: what it takes of a core and of memory, and whether the database has, reading by reading, what its
// ledger says was acknowledged. Ten minutes of theirs in one; once in peace, and once with duplicates, wrong clocks and lost connections. The server
// as people run it, on the same machine.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { report, row } from '../../../tools/bench/report.mjs';
import { askReaders } from './support/ask-readers.mjs';
import { startLouver } from './support/louver-server.mjs';

const DEVICES = 1_000;
const TIME_FACTOR = 10;
const DURATION_S = Number(process.env.LOUVER_BENCH_SECONDS ?? 60) * TIME_FACTOR;
const PACE = ['--sensors', 'temperature,humidity,audio', '--interval', '30', '--audio-interval', '600'];
const RUNS = [
  { name: 'in peace', prefix: 'peace', args: [] },
  {
    name: 'in trouble',
    prefix: 'trouble',
    args: ['--duplicates', '--clock-faults', '--storm', '2m'],
  },
];
const SENSORS = ['temperature', 'humidity', 'audio'];
/** Acknowledged from the journal; recordings are stored with their features, which take a while. */
const STORED_MS = 120_000;

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const server = await startLouver(['--clickhouse-port', '0']);
const rows = [];
const details = {};
try {
  for (const run of RUNS) {
    const { devices, ...ledger } = await simulate(run);
    const found = await compare(run.prefix, devices);
    const { seconds, process: used, acknowledgement_ms: ms } = ledger;
    const of = `${DEVICES.toLocaleString('en')} devices, ${run.name}`;
    const named = (what, figure, unit, most) => row({ name: `${of}: ${what}`, figure, unit, ...(most !== undefined && { floor: { of: 'figure', most } }) }); // prettier-ignore
    rows.push(
      named('share of one core', (100 * used.cpu_s) / seconds, '%', 50),
      named('resident memory, most', used.max_rss_mb, 'MB', 150),
      // Missing, doubled or foreign ones, and sensors whose sum is another.
      named(`unlike the ledger, of ${found.promised.toLocaleString('en')} readings`, found.wrong, 'readings', 0),
      named('messages not acknowledged or dropped', ledger.not_acknowledged + ledger.waiting + ledger.dropped, 'messages', 0), // prettier-ignore
      named('acknowledgement, p50', ms.p50, 'ms'),
      named('acknowledgement, p99', ms.p99, 'ms'),
    );
    details[run.prefix] = { ...ledger, found };
  }
} finally {
  await server.stop();
}
await report('simulate', rows, details);

/** The ledger that the command prints. */
function simulate({ prefix, args }) {
  const time = ['--time-factor', `${TIME_FACTOR}`, '--duration', `${DURATION_S}`];
  const where = ['--mqtt-url', `mqtt://127.0.0.1:${server.mqttPort}`, '--prefix', prefix];
  const child = spawn(
    process.execPath,
    [main, 'simulate', '--devices', `${DEVICES}`, '--json', ...where, ...PACE, ...time, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  process.once('exit', () => child.kill('SIGKILL'));
  let printed = '';
  let remarks = '';
  child.stdout.on('data', (chunk) => (printed += chunk));
  child.stderr.on('data', (chunk) => (remarks += chunk));
  return new Promise((resolve, reject) => {
    child.once('close', (code, signal) => {
      // 1: not everything was acknowledged, which is one of the figures.
      if (code === 0 || (code === 1 && printed !== '')) resolve(JSON.parse(printed));
      else reject(new Error(`louver simulate ended with ${signal ?? code}; it said:\n${remarks.slice(-2_000)}`));
    });
  });
}

/** What the tables have against what was promised, by id, and by the sums of each device. */
async function compare(prefix, devices) {
  const owed = SENSORS.map((sensor) => devices.reduce((sum, device) => sum + device[sensor].acknowledged, 0));
  const count = async () => {
    const counted = await Promise.all(SENSORS.map((sensor) => ask(`SELECT count() FROM ${tableOf(sensor, prefix)}`)));
    return counted.map(([[rows]]) => Number(rows));
  };
  const endMs = performance.now() + STORED_MS;
  while ((await count()).some((rows, i) => rows < owed[i]) && performance.now() < endMs) await sleep(200);

  const promised = new Set();
  for (const { device_id, boot, acknowledged_seq } of devices) {
    for (const [first, last] of acknowledged_seq) {
      for (let seq = first; seq <= last; seq++) promised.add(`${device_id}:${boot}:${seq}`);
    }
  }
  const left = new Set(promised);
  let surplus = 0;
  let sums = 0;
  for (const sensor of SENSORS) {
    const table = tableOf(sensor, prefix);
    for (const [id] of await ask(`SELECT message_id FROM ${table}`)) if (!left.delete(id)) surplus++;
    const value = sensor === 'audio' ? '0' : 'sum(toInt64(round(value * 100)))';
    const each = new Map((await ask(`SELECT device_id, count(), ${value} FROM ${table} GROUP BY device_id`)).map(([id, ...of]) => [id, of.map(Number)])); // prettier-ignore
    for (const device of devices) {
      const [rows = 0, hundredths = 0] = each.get(device.device_id) ?? [];
      const { acknowledged, sum = 0 } = device[sensor];
      if (rows !== acknowledged || hundredths !== Math.round(sum * 100)) sums++;
    }
  }
  return { promised: promised.size, missing: left.size, surplus, sums, wrong: left.size + surplus + sums };
}

function tableOf(sensor, prefix) {
  return `iot.sensor_${sensor} WHERE startsWith(device_id, '${prefix}-')`;
}

function ask(sql) {
  return askReaders(server.readersUrl, sql, 'JSONCompactEachRow');
}
