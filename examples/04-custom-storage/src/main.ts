import { createPipeline, deadband } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { mqttTransport } from '@louver/core/mqtt';
import { esp32Codec } from '@louver/device-esp32';
import { FileStorage } from './file-storage.js';

const storage = new FileStorage('./data/tables');
const pipeline = createPipeline({
  transport: mqttTransport({ url: process.env['MQTT_URL'] ?? 'mqtt://localhost:1883' }),
  codec: esp32Codec(),
  journal: fileJournal('./data/journal'),
  storage,
  detector: deadband({ temperature: 0.5, humidity: 2 }),
});

/** Reads back what has just been stored: a reading is on disk in the journal when it is told of, its row comes after. */
async function show(deviceId: string): Promise<void> {
  await pipeline.drain();
  for (const { quantity, timestampMs, value } of await storage.reader.latest(deviceId)) {
    console.log(deviceId, quantity, value, new Date(timestampMs).toISOString());
  }
}
pipeline.on('reading', ({ deviceId }) => void show(deviceId).catch(console.error));
await pipeline.open();

process.once('SIGTERM', () => void pipeline.close().then(() => process.exit(0)));
