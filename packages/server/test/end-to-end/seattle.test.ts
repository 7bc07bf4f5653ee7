import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { createPipeline, deadband } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { manualClock } from '@louver/core/testkit';
import { esp32Codec } from '@louver/device-esp32';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
import { brokerTransport } from '@louver/server';

// By path: the exports map of the package leaves its data out.
const FILE = new URL('../../../../node_modules/vega-datasets/data/seattle-weather-hourly-normals.csv', import.meta.url);

/** Hourly temperature normals of Seattle (NOAA, 30 years; local time, read here as UTC), by way of vega-datasets. */
async function hourlyNormals(): Promise<{ timestamp: string; value: number }[]> {
  const text = await readFile(FILE, 'utf8');
  const [header = '', ...lines] = text.trim().split(/\r?\n/);
  const columns = header.split(',');
  const [time, temperature] = [columns.indexOf('date'), columns.indexOf('temperature')];
  return lines.map((line) => {
    const cells = line.split(',');
    return { timestamp: `${cells[time]!.replace(/Z$/, '')}Z`, value: Number(cells[temperature]) };
  });
}

test('a year of hourly temperatures through broker, journal and ClickHouse: the table equals the file', async () => {
  const rows = await hourlyNormals();
  expect(rows).toHaveLength(8759);
  const folder = await mkdtemp(join(tmpdir(), 'louver-seattle-'));
  const clock = manualClock(Date.parse(rows.at(-1)!.timestamp));
  const transport = brokerTransport({ host: '127.0.0.1', port: 0 });
  const storage = embeddedClickhouse({ path: join(folder, 'clickhouse') });
  const pipeline = createPipeline({
    transport,
    codec: esp32Codec(),
    journal: fileJournal(join(folder, 'journal')),
    storage,
    detector: deadband({ temperature: 0.5 }),
    context: { clock },
  });
  await pipeline.open();
  const client = await connectAsync(`mqtt://127.0.0.1:${transport.port}`);
  const startedMs = performance.now();
  await Promise.all(
    rows.map((row) => client.publishAsync('sensor/seattle/temperature', JSON.stringify(row), { qos: 1 })),
  );
  await pipeline.drain();
  const seconds = (performance.now() - startedMs) / 1000;
  const readings = await storage.reader!.readings('temperature', { deviceId: 'seattle', limit: 20_000 });
  console.log(`seattle: ${rows.length} rows in ${seconds.toFixed(2)} s, ${Math.round(rows.length / seconds)} rows/s`);
  const byTime = rows.map(({ timestamp, value }) => ({
    timestampMs: Date.parse(timestamp),
    value,
    timeSource: 'device',
  }));
  expect(readings).toEqual(byTime.sort((a, b) => a.timestampMs - b.timestampMs));
  await client.endAsync();
  await pipeline.close();
  await rm(folder, { recursive: true });
});
