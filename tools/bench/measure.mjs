// How benches measure: alternating rounds, medians, quantiles.

/** The value below which the share `q` (0 … 1) of the values lies; nearest rank, NaN of none. */
export function quantile(values, q) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? NaN;
}

/** Of an even number, the mean of the two in the middle. */
export function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Runs the contestants by turns, so that whatever else the machine does meets both alike. The order turns around from round to round; the
 * first `warmUp` rounds do not count: they are compiled by then.
 * @param contestants functions of the round's number by name; what they return is collected.
 */
export async function alternate(contestants, { rounds = 5, warmUp = 1 } = {}) {
  const results = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    const order = Object.entries(contestants);
    if (round % 2 !== 0) order.reverse();
    for (const [name, run] of order) {
      const result = await run(round);
      if (round >= 0) results[name].push(result);
    }
  }
  return results;
}
