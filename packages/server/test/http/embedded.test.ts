import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultContext, type StorageAdapter } from '@louver/core';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
import { actionRow, asker, audioRow, deviceRow, scalarRow, T0 } from './support.js';

let folder: string;
let storage: StorageAdapter;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-http-'));
  storage = embeddedClickhouse({ path: folder, fsync: false });
  await storage.open(defaultContext());
  await storage.write('device_registry', [deviceRow('room-1', { location: '{"address":"Kitchen"}' })]);
  await storage.write('sensor_temperature', [scalarRow('room-1', T0, 20.5), scalarRow('room-1', T0 + 1, 21.5)]);
  await storage.write('sensor_humidity', [scalarRow('room-1', T0, NaN)]);
  await storage.write('sensor_scalar', [{ ...scalarRow('room-1', T0, 612), quantity: 'co2' }]);
  await storage.write('sensor_audio', [audioRow('room-1', T0)]);
  await storage.write('window_actions', [actionRow('room-1', T0)]);
});

afterAll(async () => {
  await storage.close();
  await rm(folder, { recursive: true, force: true });
});

test('every route answers from ClickHouse as it does from memory', async () => {
  const get = asker({ reader: storage.reader });
  const timestamp = '2026-01-31T12:00:00.000Z';
  expect(await get('/api/devices')).toMatchObject({
    status: 200,
    body: { devices: [{ device_id: 'room-1', location: { address: 'Kitchen' }, registered_at: timestamp }] },
  });
  expect((await get('/api/devices/room-1/data?sensor=temperature&from=2026-01-31T12:00:00.001Z')).body).toEqual({
    device_id: 'room-1',
    sensor: 'temperature',
    readings: [{ timestamp: '2026-01-31T12:00:00.001Z', value: 21.5, time_source: 'device' }],
  });
  expect((await get('/api/devices/room-1/data?sensor=humidity')).body.readings).toMatchObject([{ value: null }]);
  expect((await get('/api/devices/room-1/data?sensor=co2&to=9999-12-31T00:00:00Z')).body.readings).toMatchObject([
    { value: 612 },
  ]);
  expect((await get('/api/devices/room-1/data?sensor=audio')).body.readings).toMatchObject([
    { timestamp, sample_rate: 16_000, duration: 2, features: { values: { rms_mean: 0.25 } } },
  ]);
  const latest = (await get('/api/devices/room-1/data/latest')).body.readings as { sensor: string; value: number }[];
  expect(Object.fromEntries(latest.map(({ sensor, value }) => [sensor, value]))).toEqual({
    temperature: 21.5,
    humidity: null,
    co2: 612,
  });
  expect((await get('/api/devices/room-1/commands')).body.commands).toEqual([
    { ...actionRow('room-1', T0), timestamp, humidity: null },
  ]);
  expect((await get('/api/devices/nobody/commands')).status).toBe(404);
});

test('once closed the storage is away', async () => {
  await storage.close();
  const { status, headers } = await asker({ reader: storage.reader })('/api/devices');
  expect(status).toBe(503);
  expect(headers.get('retry-after')).toBe('5');
});
