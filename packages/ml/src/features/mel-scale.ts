/** Slaney's scale: linear up to 1000 Hz (15 mel), logarithmic above. */
const HZ_PER_MEL = 200 / 3;
const LOG_FROM_HZ = 1000;
const LOG_FROM_MEL = LOG_FROM_HZ / HZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27;

/** Hertz to mel. [librosa.hz_to_mel] */
export function hzToMel(hz: number, htk: boolean): number {
  if (htk) return 2595 * Math.log10(1 + hz / 700);
  return hz >= LOG_FROM_HZ ? LOG_FROM_MEL + Math.log(hz / LOG_FROM_HZ) / LOG_STEP : hz / HZ_PER_MEL;
}

/** Mel to hertz. [librosa.mel_to_hz] */
export function melToHz(mel: number, htk: boolean): number {
  if (htk) return 700 * (10 ** (mel / 2595) - 1);
  return mel >= LOG_FROM_MEL ? LOG_FROM_HZ * Math.exp(LOG_STEP * (mel - LOG_FROM_MEL)) : HZ_PER_MEL * mel;
}

/** `count` frequencies in Hz, evenly spaced in mel, both ends included. [librosa.mel_frequencies] */
export function melFrequencies(count: number, fminHz: number, fmaxHz: number, htk: boolean): Float64Array {
  const from = hzToMel(fminHz, htk);
  const to = hzToMel(fmaxHz, htk);
  const step = (to - from) / (count - 1);
  const hz = new Float64Array(count);
  for (let i = 0; i < count; i++) hz[i] = melToHz(i === count - 1 ? to : from + i * step, htk);
  return hz;
}
