// What a reading weighs on the disk: a day of fifty rooms, weather and people in them, through a server as people run it, into the embedded database.
// Merged as ClickHouse does by itself in time; for docs/SCALING.md.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { report, row } from '../../../tools/bench/report.mjs';
import { askReaders } from './support/ask-readers.mjs';
import { startLouver } from './support/louver-server.mjs';

const DEVICES = 50;
const DAY_S = 86_400;
const TIME_FACTOR = Math.max(1, Math.round(DAY_S / Number(process.env.LOUVER_BENCH_SECONDS ?? 180)));
const MERGED_MS = 120_000;

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const server = await startLouver(['--clickhouse-port', '0']);
const ask = (sql) => askReaders(server.readersUrl, sql);
try {
  const ledger = await simulate();
  const owed = Object.values(ledger.devices).reduce((sum, { temperature }) => sum + temperature.acknowledged, 0);
  const endMs = performance.now() + MERGED_MS;
  // Few parts and the same bytes twice: nothing is merged any more.
  let before = '';
  for (;;) {
    const parts = JSON.stringify(await sizes());
    const [stored] = await ask('SELECT count() AS rows FROM iot.sensor_temperature');
    if ((parts === before && Number(stored.rows) >= owed) || performance.now() > endMs) break;
    before = parts;
    await sleep(5_000);
  }
  const tables = await sizes();
  const rows = tables.flatMap(
    ({ table, rows: count, bytes }) =>
    Number(count) === 0
      ? []
      : [row({ name: `${table}, ${Number(count).toLocaleString('en')} rows: each`, figure: Number(bytes) / Number(count), unit: 'bytes' })], // prettier-ignore
  );
  const all = tables.reduce((sum, { bytes }) => sum + Number(bytes), 0);
  rows.push(row({ name: 'a device and day, without the recordings themselves', figure: all / DEVICES / 1e6, unit: 'MB' })); // prettier-ignore
  await report('disk-space', rows, { tables, devices: DEVICES, seconds: ledger.seconds });
} finally {
  await server.stop();
}

async function sizes() {
  return ask(
    "SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts FROM system.parts WHERE active AND database = 'iot' GROUP BY table ORDER BY table",
  );
}

function simulate() {
  const pace = ['--sensors', 'temperature,humidity,audio', '--interval', '30', '--audio-interval', '600'];
  const time = ['--time-factor', `${TIME_FACTOR}`, '--duration', `${DAY_S}`];
  const where = ['--mqtt-url', `mqtt://127.0.0.1:${server.mqttPort}`, '--devices', `${DEVICES}`];
  const child = spawn(process.execPath, [main, 'simulate', '--json', ...where, ...pace, ...time], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += chunk));
  return new Promise((resolve, reject) => {
    child.once('close', (code, signal) => {
      if (code === 0) resolve(JSON.parse(printed));
      else reject(new Error(`louver simulate ended with ${signal ?? code}`));
    });
  });
}
