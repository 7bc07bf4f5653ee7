// Five audio features of a 2 s clip against bare fft.js over the same frames: as many real transforms of 2048 points, nothing else; and
// against Meyda's counterparts of the same frames, which are other numbers: 26 mel bands where ours has 128, no means and deviations.
import FFT from 'fft.js';
import { DEFAULT_PARAMETERS, extractColumns, featureRecipe, frameCount } from '@louver/ml';
import meyda from 'meyda';
import { alternate, median } from '../../../tools/bench/measure.mjs';
import { report, row } from '../../../tools/bench/report.mjs';

const RATE_HZ = 16_000;
const CLIPS = 8;
const REPEATS = 25;
/** Meyda takes so long that fewer calls say as much. */
const MEYDA_REPEATS = 2;
const COUNTERPARTS = ['mfcc', 'spectralCentroid', 'spectralRolloff', 'rms', 'zcr'];
const { nFft, hopLength } = DEFAULT_PARAMETERS;

const clips = Array.from({ length: CLIPS }, (_, i) => clip(i + 1));
const frames = frameCount(clips[0].length, DEFAULT_PARAMETERS);
const recipe = featureRecipe();
const fft = new FFT(nFft);
// fft.js makes plain arrays itself; a typed one is faster, and two kinds in one process would slow down both.
const spectrum = new Float64Array(2 * nFft);
const framesOf = clips.map(cut);
// What Meyda is given in a browser.
const singlesOf = framesOf.map((framesOfClip) => framesOfClip.map((frame) => Float32Array.from(frame)));
Object.assign(meyda, { sampleRate: RATE_HZ, bufferSize: nFft });
let sink = 0;

const { five, bare, theirs } = await alternate(
  {
    bare: () => perClip((i) => {
      for (const frame of framesOf[i]) fft.realTransform(spectrum, frame);
      sink += spectrum[2];
    }),
    five: () => perClip((i) => (sink += extractColumns(clips[i], RATE_HZ, recipe).values[0])),
    theirs: () => perClip((i) => {
      for (const frame of singlesOf[i]) sink += meyda.extract(COUNTERPARTS, frame).rms;
    }, MEYDA_REPEATS),
  },
  { warmUp: 2 },
); // prettier-ignore
if (!Number.isFinite(sink)) throw new Error(`features are not finite: ${sink}`);

await report(
  'features',
  [
    row({
      name: 'five audio features of a 2 s clip',
      figure: median(five),
      unit: 'ms',
      against: { figure: median(bare), what: `bare fft.js, ${frames} frames` },
      floor: { of: 'ratio', most: 2.5 },
    }),
    row({
      name: 'the same, beside Meyda',
      figure: median(five),
      unit: 'ms',
      against: { figure: median(theirs), what: `Meyda, ${frames} frames` },
      floor: { of: 'ratio', most: 1 },
    }),
  ],
  { fiveMs: five, bareMs: bare, meydaMs: theirs, frames },
);

/** Median over the calls of one round, in ms: a call that the machine interrupted does not count. */
function perClip(work, repeats = REPEATS) {
  const times = [];
  for (let call = 0; call < CLIPS * repeats; call++) {
    const startedMs = performance.now();
    work(call % CLIPS);
    times.push(performance.now() - startedMs);
  }
  return median(times);
}

/** Every frame in memory of its own, as it lies in the centred recording. */
function cut(samples) {
  return Array.from({ length: frames }, (_, i) => {
    const start = i * hopLength - nFft / 2;
    return Float64Array.from({ length: nFft }, (_, at) => samples[start + at] ?? 0);
  });
}

/** Noise and a tone; a linear congruential generator, so that every run hears the same. */
function clip(seed) {
  let state = seed;
  const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const tone = (2 * Math.PI * (200 + 100 * seed)) / RATE_HZ;
  return Float64Array.from({ length: 2 * RATE_HZ }, (_, i) => 0.1 * Math.sin(tone * i) + 0.05 * (2 * random() - 1));
}
