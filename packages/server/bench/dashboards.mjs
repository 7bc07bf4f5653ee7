// How long the panels of Grafana take over a year of ten devices (a reading of temperature and of humidity every 30 s, a recording every hour), asked
// as Grafana asks: over the port for readers of the embedded engine.
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContext } from '@louver/core';
import { clickhouseHttp, embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
import { Session } from 'chdb';
import { median, quantile } from '../../../tools/bench/measure.mjs';
import { report, row } from '../../../tools/bench/report.mjs';
import { fromSources, root } from '../../../tools/from-sources.mjs';

const DEVICES = 10;
const DAYS = Number(process.env.LOUVER_BENCH_DAYS ?? 365);
const DAY_MS = 86_400_000;
const FROM_MS = Date.UTC(2025, 0, 1);
const TO_MS = FROM_MS + DAYS * DAY_MS;
/** Of a panel, in pixels: Grafana asks for about one point for each. */
const WIDTH = 1_000;
const ROUNDS = 3;
const RANGES = [1, 30, 365].filter((days) => days <= DAYS);

const folder = await mkdtemp(join(tmpdir(), 'louver-bench-dashboards-'));
const path = join(folder, 'clickhouse');
const storage = embeddedClickhouse({ path, fsync: false });
await storage.open(defaultContext());
const session = new Session(path);
const readers = clickhouseHttp(storage);
await new Promise((resolve) => readers.server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${readers.server.address().port}/?database=iot&default_format=JSONCompact`;
try {
  await fill();
  // What the tests of the dashboards expand macros by.
  const { expand } = await fromSources('grafana/test/support/expand.ts');
  const rows = [];
  const details = {};
  for (const days of RANGES) {
    const situation = {
      fromMs: TO_MS - days * DAY_MS,
      toMs: TO_MS,
      intervalMs: Math.max(1_000, Math.round((days * DAY_MS) / WIDTH / 1_000) * 1_000),
      variables: { device_id: 'device-3' },
    };
    const times = {};
    for (const [name, sql] of queries()) {
      const statement = expand(sql, situation);
      const each = [];
      for (let i = 0; i < ROUNDS; i++) each.push(await timed(statement));
      times[name] = median(each);
    }
    const all = Object.values(times);
    const [slowest] = Object.entries(times).sort((a, b) => b[1] - a[1]);
    const of = `${all.length} panels' questions over ${days} d`;
    rows.push(
      row({ name: `${of}: half take at the most`, figure: median(all), unit: 'ms' }),
      row({ name: `${of}: 95 of 100`, figure: quantile(all, 0.95), unit: 'ms' }),
      row({ name: `${of}: the slowest (${slowest[0]})`, figure: slowest[1], unit: 'ms' }),
    );
    details[days] = times;
  }
  await report('dashboards', rows, details);
} finally {
  await readers.close();
  session.close();
  await storage.close();
  await rm(folder, { recursive: true, force: true });
}

/** In the engine itself: a year through MQTT would take hours. Month by month, as an insert may have no more than a hundred. */
async function fill() {
  const perDay = (seconds) => DAY_MS / 1_000 / seconds;
  const numbers = (seconds) =>
    `SELECT fromUnixTimestamp64Milli(toInt64(${FROM_MS} + intDiv(number, ${DEVICES}) * ${seconds * 1_000})) AS t, concat('device-', toString(number % ${DEVICES})) AS d, ` +
    `number AS n FROM numbers(${Math.round(DAYS * perDay(seconds)) * DEVICES})`;
  const sensor = "hex(cityHash64(d, n)), t + INTERVAL 40 MILLISECOND, 'device', ''";
  const values = (table, value) =>
    session.queryAsync(`INSERT INTO iot.${table} (timestamp, device_id, value, message_id, received_at, time_source, device_timestamp) SELECT t, d, ${value}, ${sensor} FROM (${numbers(30)})`); // prettier-ignore
  await values('sensor_temperature', 'round(20 + 5 * sin(n / 40000) + (cityHash64(n) % 100) / 100, 2)');
  await values('sensor_humidity', 'round(50 + 10 * cos(n / 40000) + (cityHash64(n, 1) % 100) / 50, 1)');
  const bands =
    "concat('[', arrayStringConcat(arrayMap(b -> toString(round(-80 + (cityHash64(n, b) % 6000) / 100, 2)), range(40)), ','), ']')";
  const features = `concat('{"recipe":"r","values":{"rms_mean":', toString((1 + n % 100) / 1000), ',"spectral_centroid_mean":', toString(1000 + n % 500), ',"zero_crossing_rate_mean":0.1,"mfcc_mean_1":-200},"mel_db_mean":', ${bands}, '}')`;
  await session.queryAsync(
    `INSERT INTO iot.sensor_audio (timestamp, device_id, sample_rate, duration, format, audio_hash, features, message_id, received_at, time_source, device_timestamp) SELECT t, d, 16000, 2, 'wav', hex(n), ${features}, ${sensor} FROM (${numbers(3_600)})`,
  );
  await session.queryAsync(
    `INSERT INTO iot.ml_predictions (timestamp, device_id, prediction, confidence, inference_time_ms, model_version, request_id, position) SELECT t, d, n % 100, (n % 97) / 97, (n % 31) / 10, 'v1', hex(n), n % 100 FROM (${numbers(1_800)})`,
  );
  await session.queryAsync(
    `INSERT INTO iot.window_actions (timestamp, device_id, position, confidence, temperature, humidity, audio_hash, command_id, request_id, source, model_version) SELECT t, d, n % 100, (n % 97) / 97, 20, 50, '', hex(n), hex(n), if(n % 20 = 0, 'manual', 'model'), 'v1' FROM (${numbers(1_800)})`,
  );
  await session.queryAsync(
    `INSERT INTO iot.window_states (timestamp, device_id, position, target, command_id, result, message_id) SELECT t + INTERVAL 20 SECOND, d, n % 100, n % 100, hex(n), 'done', hex(n) FROM (${numbers(1_800)})`,
  );
  await session.queryAsync(
    `INSERT INTO iot.device_registry SELECT concat('device-', toString(number)), 'x', '', now64(3), now64(3), true, '{}', '', '{}', toDateTime64(0, 3) FROM numbers(${DEVICES})`,
  );
}

function* queries() {
  const dashboards = join(root, 'grafana', 'dashboards');
  for (const file of readdirSync(dashboards)) {
    for (const { title, targets = [] } of JSON.parse(readFileSync(join(dashboards, file), 'utf8')).panels) {
      for (const { rawSql, refId } of targets) if (rawSql !== undefined) yield [`${file.replace('.json', '')}: ${title} ${refId}`, rawSql]; // prettier-ignore
    }
  }
}

async function timed(sql) {
  const startedMs = performance.now();
  const answer = await fetch(url, { method: 'POST', body: sql });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${sql}: ${text}`);
  return performance.now() - startedMs;
}
