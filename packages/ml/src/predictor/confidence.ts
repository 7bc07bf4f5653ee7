/** Error function, to 1.5e-7. [Abramowitz and Stegun 7.1.26] */
export function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const value = 1 - series * Math.exp(-x * x);
  return x < 0 ? -value : value;
}

/** How near is near enough, in percentage points of opening. */
const NEAR_ENOUGH = 10;

/** Probability, 0..1, that the right position lies within ±10 percentage points: of a normal distribution with this log variance. */
export function confidenceOf(logVariance: number): number {
  const standardDeviation = Math.exp(logVariance / 2);
  return Math.min(1, Math.max(0, erf(NEAR_ENOUGH / (standardDeviation * Math.SQRT2))));
}
