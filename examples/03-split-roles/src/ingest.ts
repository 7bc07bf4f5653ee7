import { anyOf, createPipeline, deadband, everyRecording, remoteEngine } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { mqttTransport } from '@louver/core/mqtt';
import { esp32Codec } from '@louver/device-esp32';
import { librosaFeatures } from '@louver/ml';
import { clickhouseStorage } from '@louver/storage-clickhouse';

// The engine asks over the same connection that brings the readings: its answers are journaled and stored like them.
const transport = mqttTransport({
  url: process.env['MQTT_URL'] ?? 'mqtt://localhost:1883',
  clientId: 'example-ingest',
});
const codec = esp32Codec();

const pipeline = createPipeline({
  transport,
  codec,
  journal: fileJournal('./data/journal'),
  storage: clickhouseStorage({ url: process.env['CLICKHOUSE_URL'] ?? 'http://localhost:8123' }),
  detector: anyOf(deadband({ temperature: 0.5, humidity: 2 }), everyRecording()),
  engine: remoteEngine({ transport, codec }),
  features: librosaFeatures(),
});
pipeline.on('command', ({ deviceId, position }) => console.log(deviceId, position));
await pipeline.open();

process.once('SIGTERM', () => void pipeline.close().then(() => process.exit(0)));
