import { z } from 'zod';

/** A value that is refused with words of its own instead of "expected …". */
export interface Refusal {
  readonly refusal: string;
}

export function refuse(refusal: string): Refusal {
  return { refusal };
}

/**
 * One configuration value. `parse` gets what was found (text, when it comes from a flag or the environment) and returns the value,
 * `undefined` when it is not what `expected` says, or a {@link Refusal}.
 */
export function leaf<T>(
  expected: string,
  parse: (found: unknown) => T | Refusal | undefined,
): z.ZodType<T | undefined> {
  return z
    .unknown()
    .transform((found, context): T => {
      const parsed = parse(found);
      if (parsed !== undefined && !isRefusal(parsed)) return parsed;
      context.addIssue({ code: 'custom', message: isRefusal(parsed) ? parsed.refusal : `expected ${expected}` });
      return z.NEVER;
    })
    .optional()
    .meta({ expected });
}

/** What is told of a key beside its description, in `louver serve --help` and docs/CONFIGURATION.md. */
export interface AboutKey {
  /** As one writes it in `louver.yaml`; in words in brackets where it is no value, e.g. `(none)`. */
  readonly default: string;
  readonly unit?: string;
}

/** A value with one sentence about what it does, and when to change it. */
export function about<T extends z.ZodType>(value: T, does: string, more: AboutKey | string = '(none)'): T {
  return value.meta({ description: does, ...(typeof more === 'string' ? { default: more } : more) });
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refusal' in value;
}

export function text(
  expected: string,
  accept: RegExp | ((value: string) => boolean | Refusal) = /\S/,
): z.ZodType<string | undefined> {
  return leaf(expected, (found) => {
    if (typeof found !== 'string') return undefined;
    const answer = typeof accept === 'function' ? accept(found) : accept.test(found);
    return answer === true ? found : answer === false ? undefined : answer;
  });
}

/** Accepts `20`, and `'20'` from a flag or the environment. */
export function number(expected: string, accept: (value: number) => boolean): z.ZodType<number | undefined> {
  return leaf(expected, (found) => {
    const value = typeof found === 'string' && /^-?\d+(\.\d+)?$/.test(found) ? Number(found) : found;
    return typeof value === 'number' && Number.isFinite(value) && accept(value) ? value : undefined;
  });
}

export function flag(): z.ZodType<boolean | undefined> {
  return leaf('true or false', (found) => (typeof found === 'boolean' ? found : undefined));
}

export function oneOf<const T extends string>(values: readonly T[]): z.ZodType<T | undefined> {
  return leaf(`one of ${values.join(', ')}`, (found) => values.find((value) => value === found));
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `500ms`, `10s`, `2h` in milliseconds; `undefined` for what is no duration. */
export function durationMs(found: string): number | undefined {
  const parts = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(found.trim());
  return parts === null ? undefined : Math.round(Number(parts[1]) * UNIT_MS[parts[2] as keyof typeof UNIT_MS]);
}

/** In the largest unit that it is whole in; beyond two days rounded down to a tenth of one: what is named is allowed. */
function inWords(ms: number): string {
  if (ms > 2 * UNIT_MS.d) return `${Math.floor((ms / UNIT_MS.d) * 10) / 10}d`;
  const [unit, size] = Object.entries(UNIT_MS)
    .reverse()
    .find(([, each]) => ms % each === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

/**
 * `500ms`, `10s`, `10m`, `2h`, `30d` → milliseconds. A number without a unit could be anything and is refused.
 * @param maxMs default 10 years; `LONGEST_TIMER_MS` for what a timer is set to
 */
export function duration(minMs = 1, maxMs = 3_650 * UNIT_MS.d): z.ZodType<number | undefined> {
  return leaf('a duration such as 500ms, 10s, 10m, 2h or 30d', (found) => {
    const ms = typeof found === 'string' ? durationMs(found) : undefined;
    if (ms === undefined) return undefined;
    if (ms >= minMs && ms <= maxMs) return ms;
    return refuse(`expected a duration from ${inWords(minMs)} to ${inWords(maxMs)}`);
  }).meta({ expected: `a duration from ${inWords(minMs)} to ${inWords(maxMs)}` });
}

const UNIT_BYTES = { '': 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** `65536`, `64KiB`, `2MiB`, `1GiB` → bytes. */
export function bytes(min: number, max: number): z.ZodType<number | undefined> {
  return leaf(`a size such as 64KiB, 2MiB or 1GiB, from ${min} to ${max} bytes`, (found) => {
    const parts = /^(\d+)\s*(B|KiB|MiB|GiB|)$/.exec(String(found).trim());
    if (!parts) return undefined;
    const value = Number(parts[1]) * UNIT_BYTES[parts[2] as keyof typeof UNIT_BYTES];
    return value >= min && value <= max ? value : undefined;
  });
}
