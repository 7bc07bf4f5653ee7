// How long the event loop of a service is held while it has 50 recordings a second analysed and asks a model 200 times a second: both work in
// threads of their own, what remains is handing over and taking back.
import { createHash } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultContext, encodeWav16 } from '@louver/core';
import { librosaFeatures, onnxPredictor, shippedModelPath } from '@louver/ml';
import { report, row } from '../../../tools/bench/report.mjs';

const RATE_HZ = 16_000;
const CLIPS_PER_SECOND = 50;
const INFERENCES_PER_SECOND = 200;
const WARM_UP_MS = 3_000;
const RUN_MS = 30_000;
const TICK_MS = 5;
const RESOLUTION_MS = 1;

const features = librosaFeatures();
const predictor = onnxPredictor(shippedModelPath());
await features.open(defaultContext());
await predictor.open(defaultContext());
const input = Float32Array.from(predictor.columns, ({ ifMissing }) => (ifMissing === 'hold' ? 20 : ifMissing));
const clips = Array.from({ length: 8 }, (_, i) => recording(i + 1));

await load(WARM_UP_MS);
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
const done = await load(RUN_MS);
delay.disable();
await features.close();
await predictor.close();
const wanted = { clips: (CLIPS_PER_SECOND * RUN_MS) / 1000, inferences: (INFERENCES_PER_SECOND * RUN_MS) / 1000 };
if (done.clips < 0.95 * wanted.clips || done.inferences < 0.95 * wanted.inferences) {
  throw new Error(`${JSON.stringify(done)} were done, expected ${JSON.stringify(wanted)}`);
}
const ms = (nanoseconds) => nanoseconds / 1e6;
await report(
  'event-loop',
  [
    row({
      name: `event-loop delay at p99, ${CLIPS_PER_SECOND} clips/s and ${INFERENCES_PER_SECOND} inferences/s`,
      figure: ms(delay.percentile(99)),
      unit: 'ms',
      floor: { of: 'figure', most: 20 },
    }),
    row({ name: '… at most', figure: ms(delay.max), unit: 'ms' }),
  ],
  { ...done, p50Ms: ms(delay.percentile(50)), p99Ms: ms(delay.percentile(99)), maxMs: ms(delay.max) },
);

/** Asks at the rates that are wanted, whatever has been answered; fails when anything does. */
async function load(forMs) {
  const startedMs = performance.now();
  const asked = [];
  const counts = { clips: 0, inferences: 0 };
  for (let nowMs = 0; nowMs < forMs; nowMs = performance.now() - startedMs) {
    for (; counts.clips < (nowMs / 1000) * CLIPS_PER_SECOND; counts.clips++) {
      asked.push(features.extract(clips[counts.clips % clips.length]));
    }
    for (; counts.inferences < (nowMs / 1000) * INFERENCES_PER_SECOND; counts.inferences++) {
      asked.push(predictor.predict(input, undefined, `dev-${counts.inferences % 20}`));
    }
    await sleep(TICK_MS);
  }
  await Promise.all(asked);
  return counts;
}

/** Two seconds of a tone as a WAV file. */
function recording(seed) {
  const tone = (2 * Math.PI * 200 * seed) / RATE_HZ;
  const samples = Int16Array.from({ length: 2 * RATE_HZ }, (_, i) => 3000 * Math.sin(tone * i));
  const bytes = encodeWav16(samples, RATE_HZ);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes, format: 'wav', sampleRateHz: RATE_HZ, durationS: 2, sha256 };
}
