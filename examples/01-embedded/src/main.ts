import { anyOf, createPipeline, deadband, everyRecording, localEngine } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { mqttTransport } from '@louver/core/mqtt';
import { esp32Codec } from '@louver/device-esp32';
import { librosaFeatures, onnxPredictor, shippedModelPath } from '@louver/ml';
import { clickhouseStorage } from '@louver/storage-clickhouse';

const pipeline = createPipeline({
  transport: mqttTransport({ url: process.env['MQTT_URL'] ?? 'mqtt://localhost:1883' }),
  codec: esp32Codec(),
  journal: fileJournal('./data/journal'),
  storage: clickhouseStorage({ url: process.env['CLICKHOUSE_URL'] ?? 'http://localhost:8123' }),
  detector: anyOf(deadband({ temperature: 0.5, humidity: 2 }), everyRecording()),
  engine: localEngine({ features: librosaFeatures(), predictor: onnxPredictor(shippedModelPath()) }),
});
pipeline.on('command', (c) => console.log(c.deviceId, c.position));
await pipeline.open();

// Not part of the 15 lines, but of every service: an orderly end.
process.once('SIGTERM', () => void pipeline.close().then(() => process.exit(0)));
