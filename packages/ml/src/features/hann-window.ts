/**
 * Periodic Hann window of `winLength`, zero-padded on both sides to `nFft`.
 * [scipy.signal.get_window('hann', winLength, fftbins=True), librosa.util.pad_center]
 */
export function hannWindow(winLength: number, nFft: number): Float64Array {
  const window = new Float64Array(nFft);
  const start = Math.floor((nFft - winLength) / 2);
  for (let i = 0; i < winLength; i++) window[start + i] = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / winLength);
  // scipy makes a window of one sample 1, where the formula gives 0.
  if (winLength === 1) window[start] = 1;
  return window;
}
