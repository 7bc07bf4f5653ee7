// What an adapter costs: rows per second beside the bare client with the same batch, over HTTP and embedded; questions to 10 million rows beside the
// same questions to 1 million; memory while they are read as a stream or exported, beside a tenth of them.
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@clickhouse/client';
import { defaultContext } from '@louver/core';
import { clickhouseStorage } from '@louver/storage-clickhouse';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
import { Session } from 'chdb';
import { alternate, median } from '../../../tools/bench/measure.mjs';
import { report, row } from '../../../tools/bench/report.mjs';
import { startFront } from './support/front.mjs';

const BATCH = 10_000;
const BATCHES = 10;
const DEVICES = 1_000;
const HOUR = 3_600_000;
const WEEK = 168;
const BEGIN = Date.UTC(2025, 8, 1);
const SMALL = 1_000_000;
const LARGE = 10_000_000;
/** Both sizes over the same three weeks: what grows is how much there is of each hour. */
const SPAN_MS = 21 * 24 * HOUR;

const folder = await mkdtemp(join(tmpdir(), 'louver-bench-storage-'));
try {
  const overHttp = await httpRates();
  const embedded = await embeddedRates();
  const [small, large] = [await questions(SMALL), await questions(LARGE)];
  const memory = await memoryOf(join(folder, String(LARGE)));
  const million = (rows) => `${rows / 1e6} million rows`;
  await report(
    'storage',
    [
      rates('rows written over HTTP', overHttp, '@clickhouse/client'),
      rates('rows written embedded', embedded, 'bare chdb session'),
      ...Object.keys(large).flatMap((name) => {
        const figure = median(large[name]);
        const against = { figure: median(small[name]), what: million(SMALL) };
        return [
          row({ name: `${name}, ${million(LARGE)}`, figure, unit: 'ms', against, floor: { of: 'ratio', most: 2 } }),
          row({ name: `${name}, how long`, figure, unit: 'ms', floor: { of: 'figure', most: 50 } }),
        ];
      }),
      ...Object.entries(memory).map(([name, { all, tenth }]) =>
        row({
          name: `memory, ${million(LARGE)} ${name}`,
          figure: all,
          unit: 'MB',
          against: { figure: tenth, what: million(SMALL) },
          floor: { of: 'ratio', most: 1.25 },
        }),
      ),
    ],
    { overHttp, embedded, small, large, memory },
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

function rates(name, { adapter, bare }, what) {
  const perSecond = (ms) => (BATCH * BATCHES * 1000) / median(ms);
  const against = { figure: perSecond(bare), what };
  return row({ name, figure: perSecond(adapter), unit: 'rows/s', against, floor: { of: 'ratio', least: 0.9 } });
}

async function httpRates() {
  const front = await startFront(join(folder, 'http'));
  const storage = clickhouseStorage({ url: front.url });
  await storage.open(defaultContext());
  const client = createClient({ url: front.url, clickhouse_settings: { async_insert: 0, wait_end_of_query: 1 } });
  const result = await beside(storage, (rows) =>
    client.insert({ table: 'iot.sensor_temperature', values: rows, format: 'JSONEachRow' }),
  );
  await client.close();
  await storage.close();
  await front.stop();
  return result;
}

async function embeddedRates() {
  const path = join(folder, 'embedded');
  const storage = embeddedClickhouse({ path, fsync: false });
  await storage.open(defaultContext());
  const session = new Session(path);
  const result = await beside(storage, (rows) => session.insert({ table: 'iot.sensor_temperature', values: rows }));
  session.close();
  await storage.close();
  return result;
}

/** Batches of the same kind by turns; what the client is given is made ready beforehand. */
function beside(storage, insert) {
  let written = 0;
  const write = async (one, ready = (reading) => reading) => {
    const batches = Array.from({ length: BATCHES }, () =>
      Array.from({ length: BATCH }, () => ready(reading(written++))),
    );
    const started = performance.now();
    for (const rows of batches) await one(rows);
    return performance.now() - started;
  };
  const adapter = () => write((rows) => storage.write('sensor_temperature', rows));
  return alternate({ adapter, bare: () => write(insert, asClient) }, { warmUp: 2 });
}

function reading(i) {
  const timestamp = BEGIN + i;
  return {
    timestamp,
    device_id: `esp32-${i % 100}`,
    value: 20 + (i % 1000) / 100,
    message_id: `0f8e1d5c9b7a4e63${i}`,
    received_at: timestamp + 35,
    time_source: 'device',
    device_timestamp: '2025-09-01T00:00:00.000Z',
  };
}

/** Texts that ClickHouse reads with its own settings. */
function asClient(reading) {
  const text = (ms) => new Date(ms).toISOString().slice(0, -1).replace('T', ' ');
  return { ...reading, timestamp: text(reading.timestamp), received_at: text(reading.received_at) };
}

/** Times of the questions to a database of so many rows. */
async function questions(rows) {
  const path = join(folder, String(rows));
  const storage = embeddedClickhouse({ path, fsync: false });
  await storage.open(defaultContext());
  const session = new Session(path);
  const stepMs = Math.floor(SPAN_MS / (rows / DEVICES));
  const time = `fromUnixTimestamp64Milli(toInt64(${BEGIN} + intDiv(number, ${DEVICES}) * ${stepMs}))`;
  await session.queryAsync(
    `INSERT INTO iot.sensor_temperature SELECT ${time}, concat('device-', toString(number % ${DEVICES})), number % 400 / 10, ` +
      `hex(MD5(toString(number))), ${time}, 'device', '' FROM numbers(${rows}) SETTINGS max_insert_block_size = 1000000`,
  );
  session.close();
  const { reader } = storage;
  const fromMs = BEGIN + 10 * 24 * HOUR;
  const range = { deviceId: 'device-517', fromMs, toMs: fromMs + WEEK * HOUR - 1 };
  const week = { ...range, intervalMs: HOUR, aggregation: 'mean' };
  const result = await alternate({
    [`latest of ${DEVICES} devices`]: () => timed(() => reader.latest(), DEVICES),
    'a week by the hour of one device': () => timed(() => collected(reader.history('temperature', week)), WEEK),
  });
  await storage.close();
  return result;
}

async function timed(ask, expected) {
  const started = performance.now();
  const found = await ask();
  const ms = performance.now() - started;
  if (found.length !== expected) throw new Error(`found ${found.length} answers, expected ${expected}`);
  return ms;
}

async function collected(batches) {
  const found = [];
  for await (const batch of batches) found.push(...batch);
  return found;
}

/** In processes of their own: what was done here before has left its mark. */
async function memoryOf(path) {
  // Else parts would be merged meanwhile, which takes memory too.
  const session = new Session(path);
  await session.queryAsync('OPTIMIZE TABLE iot.sensor_temperature FINAL');
  session.close();
  const result = {};
  for (const way of ['as a stream', 'exported as csv', 'exported as parquet']) {
    result[way] = await new Promise((resolve, reject) => {
      const args = [path, folder, way, String(LARGE), String(BEGIN), String(Math.floor(SPAN_MS / (LARGE / DEVICES)))];
      const child = fork(fileURLToPath(new URL('support/read-rows.mjs', import.meta.url)), args);
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`reading ended with ${code}`)));
    });
  }
  return result;
}
