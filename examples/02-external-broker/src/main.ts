import { readFileSync } from 'node:fs';
import { anyOf, createPipeline, deadband, everyRecording, localEngine } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { mqttTransport } from '@louver/core/mqtt';
import { esp32Codec } from '@louver/device-esp32';
import { librosaFeatures, onnxPredictor, shippedModelPath } from '@louver/ml';
import { clickhouseStorage } from '@louver/storage-clickhouse';

const pipeline = createPipeline({
  transport: mqttTransport({
    url: process.env['MQTT_URL'] ?? 'mqtts://localhost:8883',
    // Names the session: with it the broker keeps what comes while this program is away. One per running program.
    clientId: 'example-louver',
    username: 'louver',
    password: readFileSync('password', 'utf8').trim(),
    caFile: 'certs/authority.pem',
  }),
  codec: esp32Codec(),
  journal: fileJournal('./data/journal'),
  storage: clickhouseStorage({ url: process.env['CLICKHOUSE_URL'] ?? 'http://localhost:8123' }),
  detector: anyOf(deadband({ temperature: 0.5, humidity: 2 }), everyRecording()),
  engine: localEngine({ features: librosaFeatures(), predictor: onnxPredictor(shippedModelPath()) }),
});
pipeline.on('command', ({ deviceId, position }) => console.log(deviceId, position));
await pipeline.open();

// A broker or database that is away does not end the program: this says which, and why.
let told = '';
setInterval(() => {
  const reasons = pipeline.health().reasons.join('; ');
  if (reasons !== told) console.error(reasons === '' ? 'all is well' : reasons);
  told = reasons;
}, 1_000).unref();

process.once('SIGTERM', () => void pipeline.close().then(() => process.exit(0)));
