/** Coefficient of a one-pole low-pass filter `y += a * (x - y)` with its -3 dB point near `cutoffHz`, clamped below Nyquist. */
export function onePole(cutoffHz: number, sampleRateHz: number): number {
  return 1 - Math.exp((-2 * Math.PI * Math.min(cutoffHz, 0.45 * sampleRateHz)) / sampleRateHz);
}

/** A two-pole resonance `y = x + b1 * y1 + b2 * y2`. */
export interface Resonance {
  readonly b1: number;
  readonly b2: number;
}

/** Resonance at `centreHz` (clamped below Nyquist) with its -3 dB width; the narrower, the longer it rings. */
export function resonance(centreHz: number, widthHz: number, sampleRateHz: number): Resonance {
  const radius = Math.exp((-Math.PI * widthHz) / sampleRateHz);
  const angle = (2 * Math.PI * Math.min(centreHz, 0.45 * sampleRateHz)) / sampleRateHz;
  return { b1: 2 * radius * Math.cos(angle), b2: -radius * radius };
}
