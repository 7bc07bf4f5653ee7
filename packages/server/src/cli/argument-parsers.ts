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
