import { onePole, resonance } from './filters.js';

/** What a microphone at a window hears. */
export type SoundKind = 'rain' | 'wind' | 'traffic' | 'quiet';

export const SOUND_KINDS: readonly SoundKind[] = ['rain', 'wind', 'traffic', 'quiet'];

/** Fills `out` with one scene, at any scale: loudness is set afterwards. */
export type Scene = (out: Float64Array, sampleRateHz: number, random: () => number) => void;

const between = (low: number, high: number, random: () => number): number => low + (high - low) * random();

/** Hiss without bass, and drops that ring between 2 and 6 kHz: the highest spectral centroid of the four. */
const rain: Scene = (out, sampleRateHz, random) => {
  const low = onePole(between(900, 1800, random), sampleRateHz);
  const high = onePole(between(5000, 7500, random), sampleRateHz);
  const ring = resonance(between(2000, 6000, random), between(500, 1500, random), sampleRateHz);
  const dropChance = between(40, 250, random) / sampleRateHz;
  const dropSize = between(0.5, 2, random);
  let bass = 0;
  let treble = 0;
  let y1 = 0;
  let y2 = 0;
  for (let i = 0; i < out.length; i++) {
    const noise = 2 * random() - 1;
    bass += low * (noise - bass);
    treble += high * (noise - bass - treble);
    // The noise already drawn decides on drops as well: a second number per sample would double the cost.
    const strike = noise > 1 - 2 * dropChance ? dropSize : 0;
    const y = strike + ring.b1 * y1 + ring.b2 * y2;
    y2 = y1;
    y1 = y;
    out[i] = treble + y;
  }
};

/** Bass noise in gusts, with a faint whistle at their height. */
const wind: Scene = (out, sampleRateHz, random) => {
  const low = onePole(between(90, 260, random), sampleRateHz);
  const whistle = resonance(between(350, 800, random), between(40, 120, random), sampleRateHz);
  const whistleGain = between(0.0005, 0.003, random);
  const gustLength = Math.max(1, Math.round(between(0.25, 0.9, random) * sampleRateHz));
  let gust = between(0.3, 1, random);
  let slope = 0;
  let first = 0;
  let second = 0;
  let y1 = 0;
  let y2 = 0;
  for (let i = 0; i < out.length; i++) {
    if (i % gustLength === 0) slope = (between(0.3, 1, random) - gust) / gustLength;
    gust += slope;
    const noise = 2 * random() - 1;
    first += low * (noise - first);
    second += low * (first - second);
    const y = noise + whistle.b1 * y1 + whistle.b2 * y2;
    y2 = y1;
    y1 = y;
    out[i] = gust * (second + whistleGain * gust * y);
  }
};

/** Engines with four harmonics, a rumble below them, and tyres that hiss around 1 kHz as a vehicle passes. */
const traffic: Scene = (out, sampleRateHz, random) => {
  const rumbleLow = onePole(between(90, 180, random), sampleRateHz);
  const tyreLow = onePole(between(350, 550, random), sampleRateHz);
  const tyreHigh = onePole(between(1200, 1900, random), sampleRateHz);
  const turn = (2 * Math.PI * between(35, 85, random)) / sampleRateHz;
  const turnCos = Math.cos(turn);
  const turnSin = Math.sin(turn);
  const engineGain = between(0.02, 0.05, random);
  const passingAt = between(-0.2, 1.2, random) * out.length;
  const passingWidth = between(0.3, 0.9, random) * sampleRateHz;
  let c = 1;
  let s = 0;
  let rumble = 0;
  let bass = 0;
  let road = 0;
  let tyres = 0;
  for (let i = 0; i < out.length; i++) {
    const noise = 2 * random() - 1;
    rumble += rumbleLow * (noise - rumble);
    bass += tyreLow * (noise - bass);
    road += tyreHigh * (noise - bass - road);
    tyres += tyreHigh * (road - tyres);
    const away = (i - passingAt) / passingWidth;
    const near = 0.25 + 1 / (1 + away * away);
    // Harmonics from one rotating phasor by the Chebyshev recurrence; no sine per sample.
    const c2 = 2 * c * c - 1;
    const c3 = 2 * c * c2 - c;
    const c4 = 2 * c2 * c2 - 1;
    const engine = c + 0.8 * c2 + 0.5 * c3 + 0.3 * c4;
    out[i] = rumble + near * (engineGain * engine + 0.4 * tyres);
    const turned = c * turnCos - s * turnSin;
    s = s * turnCos + c * turnSin;
    c = turned;
  }
};

/** A faint noise floor falling with frequency, and mains hum. */
const quiet: Scene = (out, sampleRateHz, random) => {
  const low = onePole(between(500, 1500, random), sampleRateHz);
  const turn = (2 * Math.PI * 50) / sampleRateHz;
  const turnCos = Math.cos(turn);
  const turnSin = Math.sin(turn);
  const hum = between(0, 0.15, random);
  let c = 1;
  let s = 0;
  let soft = 0;
  for (let i = 0; i < out.length; i++) {
    const noise = 2 * random() - 1;
    soft += low * (noise - soft);
    out[i] = soft + 0.2 * noise + hum * c;
    const turned = c * turnCos - s * turnSin;
    s = s * turnCos + c * turnSin;
    c = turned;
  }
};

export const SCENES: Readonly<Record<SoundKind, Scene>> = { rain, wind, traffic, quiet };
