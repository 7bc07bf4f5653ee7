import { createPipeline, deadband } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { mqttTransport } from '@louver/core/mqtt';
import { esp32Codec } from '@louver/device-esp32';
import { postgresStorage } from './postgres-storage.js';

const pipeline = createPipeline({
  transport: mqttTransport({ url: process.env['MQTT_URL'] ?? 'mqtt://localhost:1883' }),
  codec: esp32Codec(),
  journal: fileJournal('./data/journal'),
  storage: postgresStorage({ url: process.env['POSTGRES_URL'] ?? 'postgres://louver@localhost:5432/louver' }),
  detector: deadband({ temperature: 0.5, humidity: 2 }),
});
try {
  await pipeline.open();
} catch (error) {
  // What waiting does not mend: a wrong password, a missing database, tables of another shape.
  console.error(String(error));
  process.exit(1);
}

// A broker or database that is away does not end the program: this says which, and why.
let told = '';
setInterval(() => {
  const reasons = pipeline.health().reasons.join('; ');
  if (reasons !== told) console.error(reasons === '' ? 'all is well' : reasons);
  told = reasons;
}, 1_000).unref();

process.once('SIGTERM', () => void pipeline.close().then(() => process.exit(0)));
