import type { EpochMs } from '@louver/core';

const HOUR_MS = 3_600_000;

/**
 * A way in which a device's clock is wrong, drawn from `random` (uniform in [0, 1)): it knows no time, counts from 1970, is up to a day ahead or behind, or
 * jumps an hour back every hour.
 * @returns What the device believes at a time; `undefined`: that it knows none.
 */
export function clockFault(random: () => number, startMs: EpochMs): (nowMs: EpochMs) => EpochMs | undefined {
  const offsetMs = Math.ceil(24 * HOUR_MS * random());
  switch (Math.floor(5 * random())) {
    case 0:
      return () => undefined;
    case 1:
      return (nowMs) => nowMs - startMs;
    case 2:
      return (nowMs) => nowMs + offsetMs;
    case 3:
      return (nowMs) => nowMs - offsetMs;
    default:
      return (nowMs) => nowMs - ((nowMs - startMs) % (2 * HOUR_MS) < HOUR_MS ? 0 : HOUR_MS);
  }
}
