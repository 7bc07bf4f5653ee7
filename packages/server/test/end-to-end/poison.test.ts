import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { createPipeline, deadband, memoryStorage } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { esp32Codec } from '@louver/device-esp32';
import { brokerTransport } from '@louver/server';

const NOW = '2026-01-01T00:00:00Z';
const base64 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('base64');

/** Every kind of P-6, with the reason that its dead letter gives. */
const POISON: readonly (readonly [topic: string, payload: string | Buffer, reason: string])[] = [
  ['sensor/a/temperature', 'warm', 'not-json'],
  ['sensor/a/temperature', '', 'not-json'],
  ['sensor/a/temperature', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'not-json'],
  ['sensor/a/temperature', `{"value": NaN, "timestamp": "${NOW}"}`, 'not-json'],
  ['sensor/a/temperature', `{"value": Infinity, "timestamp": "${NOW}"}`, 'not-json'],
  ['sensor/a/temperature', `{"value": "21", "timestamp": "${NOW}"}`, 'wrong-type'],
  ['sensor/a/temperature', `{"value": null, "timestamp": "${NOW}"}`, 'wrong-type'],
  ['sensor/a/temperature', `{"timestamp": "${NOW}"}`, 'wrong-type'],
  ['sensor/a/temperature', '[21]', 'wrong-type'],
  ['sensor/a/temperature', `{"value": 200.1, "timestamp": "${NOW}"}`, 'out-of-range'],
  ['sensor/a/temperature', `{"value": -100.1, "timestamp": "${NOW}"}`, 'out-of-range'],
  ['sensor/a/humidity', `{"value": 100.1, "timestamp": "${NOW}"}`, 'out-of-range'],
  ['sensor/a/temperature', '{"value": 21, "timestamp": "yesterday"}', 'bad-timestamp'],
  ['sensor/a/temperature', '{"value": 21, "timestamp": "2026-02-30T00:00:00Z"}', 'bad-timestamp'],
  ['sensor/a/temperature', '{"value": 21, "timestamp": 1767225600}', 'bad-timestamp'],
  ['sensor/a/audio', `{"data": "${base64('RIFF')}", "sample_rate": 16000, "duration": 2, "timestamp": "${NOW}"}`, 'bad-recording'],
  ['sensor/a/audio', `{"data": "*!*", "sample_rate": 16000, "duration": 2, "timestamp": "${NOW}"}`, 'bad-recording'],
  ['sensor/a/audio', `{"data": "", "sample_rate": 16000, "duration": 2, "timestamp": "${NOW}"}`, 'bad-recording'],
  ['sensor/a b/temperature', `{"value": 21, "timestamp": "${NOW}"}`, 'bad-device-id'],
  [`sensor/${'x'.repeat(65)}/temperature`, `{"value": 21, "timestamp": "${NOW}"}`, 'bad-device-id'],
  ['sensor/a/temperature', `{"value": 21, "timestamp": "${NOW}", "note": "${'x'.repeat(65_536)}"}`, 'too-large'],
  ['sensor/a/audio', `{"data": "${'A'.repeat(2 * 1024 * 1024)}"}`, 'too-large'],
]; // prettier-ignore

test('every kind of poison becomes a dead letter, is acknowledged, and its neighbours are stored', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'louver-poison-'));
  const transport = brokerTransport({ host: '127.0.0.1', port: 0 });
  const storage = memoryStorage();
  const pipeline = createPipeline({
    transport,
    codec: esp32Codec(),
    journal: fileJournal(join(folder, 'journal')),
    storage,
    detector: deadband({ temperature: 0.5 }),
  });
  await pipeline.open();
  const client = await connectAsync(`mqtt://127.0.0.1:${transport.port}`);
  for (const [i, [topic, payload]] of POISON.entries()) {
    const timestamp = new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString();
    // Resolves at the PUBACK: a message that is not acknowledged would stop the test here.
    await client.publishAsync(topic, payload, { qos: 1 });
    await client.publishAsync('sensor/a/temperature', JSON.stringify({ value: i, timestamp }), { qos: 1 });
  }
  const halfBad = JSON.stringify({ temperature: 20, humidity: 999, co2: 700, timestamp: '2026-01-02T00:00:00Z' });
  await client.publishAsync('devices/a/telemetry', halfBad, { qos: 1 });
  await pipeline.drain();

  const letters = storage.rows('dead_letters');
  const expected = POISON.map(([topic, payload, reason]) => [topic, reason, Buffer.from(payload).toString('base64')]);
  expect(letters.slice(0, -1).map((row) => [row.topic, row.code, row.payload])).toEqual(expected);
  expect(letters.at(-1)).toMatchObject({ topic: 'devices/a/telemetry', device_id: 'a', code: 'out-of-range' });
  for (const { detail } of letters) expect(detail.length).toBeGreaterThan(10);
  expect(storage.rows('sensor_temperature').map((row) => row.value)).toEqual([...POISON.keys(), 20]);
  expect(storage.rows('sensor_scalar')).toMatchObject([{ quantity: 'co2', value: 700 }]);
  expect(storage.rows('sensor_humidity')).toEqual([]);

  await client.endAsync();
  await pipeline.close();
  await rm(folder, { recursive: true });
});
