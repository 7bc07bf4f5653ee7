/**
 * Width of one bin in Hz: bin `k` of a transform lies at `k * binHz(...)`, to the last digit where librosa has it. A rate divided by a length
 * would often be one unit in the last place beside that, and a roll-off is compared exactly. [librosa.fft_frequencies; numpy.fft.rfftfreq(nFft, 1 / sampleRateHz)]
 */
export function binHz(sampleRateHz: number, nFft: number): number {
  return 1 / (nFft * (1 / sampleRateHz));
}
