import { localEngine } from '@louver/core';
import { mqttTransport } from '@louver/core/mqtt';
import { esp32Codec } from '@louver/device-esp32';
import { createInferenceService, librosaFeatures, onnxPredictor, shippedModelPath } from '@louver/ml';

// No journal and no storage: a request is acknowledged once its command is out, so the broker keeps what a crash interrupts.
const service = createInferenceService({
  transport: mqttTransport({
    url: process.env['MQTT_URL'] ?? 'mqtt://localhost:1883',
    clientId: 'example-inference',
    // As long as a reading may be used: after a longer absence nobody is answered about yesterday.
    sessionExpiryS: 900,
  }),
  codec: esp32Codec(),
  engine: localEngine({ features: librosaFeatures(), predictor: onnxPredictor(shippedModelPath()) }),
});
service.on('prediction', ({ deviceId, value, confidence }) => console.log(deviceId, value, confidence));
await service.open();

process.once('SIGTERM', () => void service.close().then(() => process.exit(0)));
