import { parseRfc3339 } from '@louver/device-esp32';
import { InvalidArgumentError, Option } from 'commander';

/** A decimal number, also negative. */
export function numberArgument(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number.');
}

/** `--flag <seconds>`, parsed to milliseconds and shown in seconds. `zero`: what 0 means, where it is allowed. */
export function secondsOption(flag: string, description: string, defaultS?: number, zero?: string): Option {
  const option = new Option(`${flag} <seconds>`, description).argParser(secondsArgument(zero));
  return defaultS === undefined ? option : option.default(defaultS * 1000, String(defaultS));
}

/** Seconds from 0.001 to a day, as milliseconds. */
function secondsArgument(zero?: string): (text: string) => number {
  return (text) => {
    const ms = numberArgument(text) * 1000;
    if ((ms >= 1 && ms <= 86_400_000) || (ms === 0 && zero !== undefined)) return ms;
    const expected = 'Expected seconds from 0.001 to 86400';
    throw new InvalidArgumentError(zero === undefined ? `${expected}.` : `${expected}, or 0 for ${zero}.`);
  };
}

export function wholeArgument(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** How long ago (`90s`, `7d`), or when (RFC 3339); as epoch milliseconds. */
export function timeArgument(nowMs: () => number): (text: string) => number {
  return (text) => {
    const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
    const ms =
      count === undefined ? parseRfc3339(text) : nowMs() - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
    if (Math.abs(ms) <= 8.64e15) return ms;
    throw new InvalidArgumentError('Expected e.g. 90s, 15m, 1h, 7d or 2026-01-31T12:00:00Z.');
  };
}
