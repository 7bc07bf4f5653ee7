// From a recording published to its window command received, over the server as it is run: base64, WAV, journal, features, model, policy.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeWav16 } from '@louver/core';
import { seededRandom, SOUND_KINDS, synthesizeSound } from '@louver/device-esp32';
import { quantile } from '../../../tools/bench/measure.mjs';
import { report, row } from '../../../tools/bench/report.mjs';
import { connectDevice, timestamp } from './support/device.mjs';
import { startLouver } from './support/louver-server.mjs';

const WARM_UP = 5;
const RECORDINGS = 20;
const RATE_HZ = 16_000;
const DURATION_S = 2;
/** Between two recordings, so that each one is alone. */
const PAUSE_MS = 100;

const random = seededRandom(1);
const recordings = Array.from({ length: WARM_UP + RECORDINGS }, (_, i) =>
  recording(SOUND_KINDS[i % SOUND_KINDS.length]),
);
if (new Set(recordings.map(({ sha256 }) => sha256)).size !== recordings.length)
  throw new Error('two recordings are equal');

const server = await startLouver();
const times = [];
try {
  const device = await connectDevice(server.mqttPort, 'bench-audio');
  await device.send('temperature', 24.5);
  await device.send('humidity', 55);
  for (const { base64, sha256 } of recordings) {
    const payload = `{"data":"${base64}","sample_rate":${RATE_HZ},"duration":${DURATION_S},"timestamp":"${timestamp()}"}`;
    times.push(await device.roundTrip('audio', payload, (command) => command.audio_hash === sha256));
    await sleep(PAUSE_MS);
  }
  await device.close();
} finally {
  await server.stop();
}

const measured = times.slice(WARM_UP);
const figure = (name, q) => ({ name: `recording published → command received, ${name}`, figure: quantile(measured, q), unit: 'ms' }); // prettier-ignore
await report(
  'audio-to-command',
  [row({ ...figure('p50', 0.5), floor: { of: 'figure', most: 25 } }), row(figure('p90', 0.9)), row(figure('max', 1))],
  { timesMs: measured, warmUpMs: times.slice(0, WARM_UP) },
);

function recording(kind) {
  const samples = synthesizeSound(kind, { durationS: DURATION_S, sampleRateHz: RATE_HZ, random });
  const wav = encodeWav16(samples, RATE_HZ);
  return { base64: Buffer.from(wav).toString('base64'), sha256: createHash('sha256').update(wav).digest('hex') };
}
