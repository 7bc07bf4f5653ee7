import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContext } from '@louver/core';
import { esp32Topics, type PartName } from '@louver/device-esp32';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
import { connectAsync, type MqttClient } from 'mqtt';
import { expect, test, vi } from 'vitest';
import { ready } from '../support/api.js';
import { startLouver, type LouverProcess } from '../support/louver-process.js';
import { rainRecording } from '../support/recordings.js';

const DEVICE = 'shed';
const PIECE_BYTES = 4096;
const PATIENCE = { timeout: 30_000, interval: 20 };
const topics = esp32Topics();

/** `{"value": …, "timestamp": …}` in CBOR (RFC 8949): a map of two, a float of eight bytes, short texts. */
function inCbor(value: number, timestamp: string): Buffer {
  const text = (of: string): Buffer =>
    Buffer.concat([Buffer.from(of.length < 24 ? [0x60 + of.length] : [0x78, of.length]), Buffer.from(of)]);
  const number = Buffer.alloc(9, 0xfb);
  number.writeDoubleBE(value, 1);
  return Buffer.concat([Buffer.from([0xa2]), text('value'), number, text('timestamp'), text(timestamp)]);
}

test('a device that speaks CBOR and sends its recording in parts, across a kill: rows, features and commands as by JSON', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'louver-binary-'));
  const data = join(folder, 'data');
  await mkdir(data);
  const { wav, features } = rainRecording();
  const sha256 = createHash('sha256').update(wav).digest('hex');
  const timestamp = new Date().toISOString();
  const controls: { audio_hash?: string }[] = [];
  let louver: LouverProcess | undefined;
  let client: MqttClient | undefined;
  const start = async (): Promise<void> => {
    louver = await startLouver(data, ['--log-level', 'warn']);
    await ready(louver.httpUrl);
    client = await connectAsync(louver.mqttUrl);
    client.on('message', (_topic, payload) => void controls.push(JSON.parse(String(payload)) as object));
    await client.subscribeAsync(topics.windowControl(DEVICE), { qos: 1 });
  };
  const send = (part: PartName['part'], payload: Uint8Array = Buffer.alloc(0)): Promise<unknown> =>
    client!.publishAsync(topics.recordingPart(DEVICE, { file: 'rain-1', part }), Buffer.from(payload), { qos: 1 });
  const offsets = Array.from({ length: Math.ceil(wav.length / PIECE_BYTES) }, (_, i) => i * PIECE_BYTES);
  const sendPiece = (offset: number): Promise<unknown> =>
    send({ type: 'bytes', offset }, wav.subarray(offset, offset + PIECE_BYTES));
  try {
    await start();
    await client!.publishAsync(topics.cbor(DEVICE, 'temperature'), inCbor(25.5, timestamp), { qos: 1 });
    await client!.publishAsync(topics.cbor(DEVICE, 'humidity'), inCbor(60, timestamp), { qos: 1 });
    await vi.waitUntil(() => controls.length === 1, PATIENCE);

    // Fin before the rest, and a piece twice; then all is killed that knows of it.
    await send({ type: 'init' }, Buffer.from(JSON.stringify({ sample_rate: 16_000, timestamp, boot: 1, seq: 0 })));
    await send({ type: 'end', size: wav.length, sha256 });
    for (const offset of [...offsets.slice(0, 5), 0]) await sendPiece(offset);
    await louver!.kill('SIGKILL');
    await client!.endAsync(true);
    await start();
    for (const offset of offsets.slice(4)) await sendPiece(offset);
    await vi.waitUntil(() => controls.some(({ audio_hash: hash }) => hash === sha256), PATIENCE);
    await client!.endAsync();
    expect(await louver!.kill('SIGTERM')).toBe(0);

    const storage = embeddedClickhouse({ path: join(data, 'clickhouse') });
    await storage.open(defaultContext());
    const query = { deviceId: DEVICE, limit: 100 };
    const temperatures = await storage.reader!.readings('temperature', query);
    expect(temperatures).toMatchObject([{ value: 25.5, timestampMs: Date.parse(timestamp) }]);
    const recordings = await storage.reader!.recordings(query);
    expect(recordings).toMatchObject([{ audioHash: sha256, sampleRateHz: 16_000, durationS: 2 }]);
    const stored = JSON.stringify(recordings[0]);
    const centroid = Number(/"spectral_centroid_mean":([\d.]+)/.exec(stored)![1]);
    expect(Math.abs(centroid / features['spectral_centroid']!.mean[0]! - 1)).toBeLessThan(1e-5);
    const letters = await storage.reader!.deadLetters(query);
    expect(letters).toEqual([]);
    await storage.close();
  } finally {
    await client?.endAsync(true);
    await louver?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
