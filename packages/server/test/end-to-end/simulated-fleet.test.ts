import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeviceLedgerJson } from '../../src/simulator/ledger.js';
import { ready } from '../support/api.js';
import { runLouver, startLouver, type LouverProcess } from '../support/louver-process.js';

interface Ledger {
  readonly sent: number;
  readonly acknowledged: number;
  readonly repeated: number;
  readonly lost: number;
  readonly not_acknowledged: number;
  readonly dropped: number;
  readonly storms: number;
  readonly devices: readonly DeviceLedgerJson[];
}

interface StoredRow {
  readonly device_id: string;
  readonly message_id: string;
  readonly value: number;
  readonly time_source: string;
  readonly device_timestamp: string;
  readonly received_ms: number;
}

const SENSORS = ['temperature', 'humidity', 'audio'] as const;
type Sensor = (typeof SENSORS)[number];

let folder: string;
let louver: LouverProcess;
let clickhouseUrl: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-fleet-'));
  louver = await startLouver(join(folder, 'data'), ['--clickhouse-port', '0']);
  clickhouseUrl = /readers (http:\/\/127\.0\.0\.1:\d+)/.exec(louver.output())![1]!;
  await ready(louver.httpUrl);
});
afterAll(async () => {
  await louver?.kill('SIGTERM');
  await rm(folder, { recursive: true });
});

async function simulate(prefix: string, ...args: string[]): Promise<Ledger> {
  const { child, exited, output } = runLouver(
    ['simulate', '--mqtt-url', louver.mqttUrl, '--prefix', prefix, '--json', ...args],
    {},
    folder,
  );
  let json = '';
  child.stdout!.on('data', (chunk) => (json += String(chunk)));
  if ((await exited) !== 0) throw new Error(output());
  return JSON.parse(json) as Ledger;
}

async function stored(prefix: string): Promise<Record<Sensor, readonly StoredRow[]>> {
  const [temperature, humidity, audio] = await Promise.all([
    rowsOf('sensor_temperature', prefix),
    rowsOf('sensor_humidity', prefix),
    rowsOf('sensor_audio', prefix, '0 AS value'),
  ]);
  return { temperature, humidity, audio };
}

async function rowsOf(table: string, prefix: string, value = 'value'): Promise<readonly StoredRow[]> {
  const body = `SELECT device_id, message_id, ${value}, time_source, device_timestamp,
      toInt64(toUnixTimestamp64Milli(received_at)) AS received_ms
    FROM iot.${table} WHERE startsWith(device_id, '${prefix}-') FORMAT JSONEachRow`;
  const answer = await (await fetch(clickhouseUrl, { method: 'POST', body })).text();
  const lines = answer.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as StoredRow);
}

/** The tables as a ledger: what a device's rows say that it was promised. */
function told(rows: Record<Sensor, readonly StoredRow[]>, { device_id }: DeviceLedgerJson) {
  const own = (sensor: Sensor) => rows[sensor].filter((row) => row.device_id === device_id);
  const scalar = (sensor: Sensor) => ({
    acknowledged: own(sensor).length,
    sum: own(sensor).reduce((sum, { value }) => sum + Math.round(value * 100), 0) / 100,
  });
  return {
    ids: SENSORS.flatMap((sensor) => own(sensor).map(({ message_id }) => message_id)).toSorted(),
    temperature: scalar('temperature'),
    humidity: scalar('humidity'),
    audio: { acknowledged: own('audio').length },
  };
}

function promised({ device_id, boot, acknowledged_seq, temperature, humidity, audio }: DeviceLedgerJson) {
  const ids = acknowledged_seq.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, i) => `${device_id}:${boot}:${first + i}`),
  );
  return { ids: ids.toSorted(), temperature, humidity, audio };
}

/** Acknowledged from the journal, stored a moment later: the rows when they are as many as was promised, or what there is in the end. */
async function settled(prefix: string, { devices }: Ledger): Promise<Record<Sensor, readonly StoredRow[]>> {
  const count = (of: Record<Sensor, { readonly length: number }>) => SENSORS.map((sensor) => of[sensor].length);
  const owed = SENSORS.map((sensor) => devices.reduce((sum, device) => sum + device[sensor].acknowledged, 0));
  await expect.poll(async () => count(await stored(prefix)), { timeout: 20_000 }).toEqual(owed);
  return stored(prefix);
}

function expectEqual(rows: Record<Sensor, readonly StoredRow[]>, ledger: Ledger): void {
  expect(ledger).toMatchObject({ not_acknowledged: 0, dropped: 0 });
  for (const device of ledger.devices) expect(told(rows, device)).toEqual(promised(device));
}

describe('what is in the database of each device is what its ledger says, by id', () => {
  const PACE = ['--interval', '30', '--audio-interval', '600', '--time-factor', '150'];

  test('of a quiet fleet', async () => {
    const ledger = await simulate('quiet', '--devices', '30', '--duration', '300', ...PACE);
    expectEqual(await settled('quiet', ledger), ledger);
    expect(ledger).toMatchObject({ repeated: 0, lost: 0, storms: 0 });
    for (const { acknowledged_seq, temperature, humidity, audio } of ledger.devices) {
      // Ten are due; a device on a busy machine connects a little late.
      expect(temperature.acknowledged).toBeGreaterThanOrEqual(3);
      expect(humidity.acknowledged).toBe(temperature.acknowledged);
      expect(audio.acknowledged).toBe(1);
      expect(acknowledged_seq).toEqual([[0, 2 * temperature.acknowledged]]);
    }
  });

  test('with duplicates, wrong clocks and lost connections all at once', async () => {
    const rough = ['--duration', '450', '--duplicates', '0.5', '--clock-faults', '0.5', '--storm', '150s'];
    const ledger = await simulate('rough', '--devices', '60', '--linger', '1', ...PACE, ...rough);
    const rows = await settled('rough', ledger);
    expectEqual(rows, ledger);
    expect(ledger.storms).toBeGreaterThanOrEqual(1);
    expect(ledger.lost).toBeGreaterThanOrEqual(30);
    expect(ledger.repeated).toBeGreaterThan(100);
    // Those whose clock cannot be believed have the server's time, and their own beside it.
    const sources = new Set(rows.temperature.map(({ time_source }) => time_source));
    expect([...sources].toSorted()).toEqual(['device', 'server']);
    for (const { time_source, device_timestamp, received_ms } of rows.temperature) {
      const saidMs = Date.parse(device_timestamp);
      const isCredible = saidMs > Date.parse('2000-01-01') && saidMs <= received_ms + 5 * 60_000;
      expect([device_timestamp, time_source]).toEqual([device_timestamp, isCredible ? 'device' : 'server']);
    }
  });

  test('in the second run of the same devices too, beside what there was', async () => {
    const few = ['--devices', '2', '--sensors', 'temperature', '--interval', '0.1', '--duration', '0.3'];
    const ledgers = [await simulate('again', ...few), await simulate('again', ...few)];
    const ids = ledgers.flatMap(({ devices }) => devices.flatMap((device) => promised(device).ids)).toSorted();
    await expect
      .poll(async () => (await stored('again')).temperature.map(({ message_id }) => message_id).toSorted(), {
        timeout: 20_000,
      })
      .toEqual(ids);
  });
});
