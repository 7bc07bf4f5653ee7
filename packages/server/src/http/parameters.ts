import type { Aggregation, Gaps } from '@louver/core';
import { isDeviceId, isQuantityName, parseRfc3339 } from '@louver/device-esp32';
import { z } from 'zod';
import { durationMs } from '../config/leaf.js';
import type { ApiContext } from './api-types.js';
import type { ParameterError } from './problem-document.js';

export const DEFAULT_LIMIT = 1_000;
export const MAX_LIMIT = 10_000;

const AGGREGATIONS: readonly Aggregation[] = ['mean', 'min', 'max', 'count', 'last'];
/** NaN is null in JSON. */
const GAPS: ReadonlyMap<string, Gaps> = new Map([
  ['omit', 'omit'],
  ['null', 'nan'],
  ['previous', 'previous'],
]);

/** Longest value that is repeated in an error. */
const MAX_SHOWN = 80;

/** In a query an unescaped `+` is a space: `…T12:00:00+02:00` arrives as `…T12:00:00 02:00`. */
const LOST_PLUS = / (?=\d\d:\d\d$)/;

function check<T>(expected: string, read: (text: string) => T | undefined): z.ZodType<T> {
  return z.unknown().transform((input, context) => {
    const value = typeof input === 'string' ? read(input) : undefined;
    if (value !== undefined) return value;
    const message = Array.isArray(input)
      ? `is given ${input.length} times, expected once`
      : `is ${shown(String(input))}, expected ${expected}`;
    context.issues.push({ code: 'custom', message, input });
    return z.NEVER;
  });
}

const id = check('1 to 64 of A-Z a-z 0-9 _ . : -', (text) => (isDeviceId(text) ? text : undefined));

const sensor = check('audio or the name of a quantity', (text) =>
  text === 'audio' || isQuantityName(text) ? text : undefined,
);

const time = check('an RFC 3339 time such as 2026-01-31T12:00:00Z', (text) => {
  const ms = parseRfc3339(text.replace(LOST_PLUS, '+'));
  return Number.isNaN(ms) ? undefined : ms;
});

const limit = check(`a whole number from 1 to ${MAX_LIMIT}`, (text) => {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= MAX_LIMIT ? value : undefined;
});

const range = {
  id,
  from: time.optional(),
  to: time.optional(),
  limit: limit.default(DEFAULT_LIMIT),
};

export interface RangeParameters {
  readonly id: string;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly limit: number;
}

function ordered({ from, to }: Pick<RangeParameters, 'from' | 'to'>): boolean {
  return from === undefined || to === undefined || from <= to;
}

const DISORDER = { path: ['from'], message: 'is later than to, expected an earlier or the same time' };

/** `message_id`, a code, the id of a device: rows of dead letters may hold anything. */
export const MAX_ID_CHARS = 1024;

const anyText = check(`at most ${MAX_ID_CHARS} characters`, (text) => (text.length <= MAX_ID_CHARS ? text : undefined));

const MAX_LETTERS = 1_000;

const letterLimit = check(`a whole number from 1 to ${MAX_LETTERS}`, (text) => {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= MAX_LETTERS ? value : undefined;
});

const hash = check('a SHA-256: 64 of 0-9 a-f', (text) => (/^[0-9a-f]{64}$/.test(text) ? text : undefined));

export const recordingParameters = z.strictObject({ id: hash });
export const letterParameters = z.strictObject({ id: anyText });
export const deadLetterParameters = z
  .strictObject({
    code: anyText.optional(),
    device: anyText.optional(),
    from: time.optional(),
    to: time.optional(),
    limit: letterLimit.default(100),
  })
  .refine(ordered, DISORDER);

const modelName = check('1 to 64 of A-Z a-z 0-9 _ . -, a letter or digit first', (text) =>
  /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(text) ? text.replace(/\.onnx$/, '') : undefined,
);

export const modelParameters = z.strictObject({ name: modelName.default('model') });
export const noParameters = z.strictObject({});
export const deviceParameters = z.strictObject({ id });
export const commandParameters = z.strictObject(range).refine(ordered, DISORDER);

/** A recording has a hundred columns, and an URL about 8 KiB. */
const MAX_COLUMNS = 200;

/** Of every recording in the answer, whatever its columns. */
const OWN_MEMBERS: ReadonlySet<string> = new Set(['timestamp', 'audio_hash']);

const columns = check(`names of audio columns such as rms_mean, at most ${MAX_COLUMNS}, with commas`, (text) => {
  const names = text.split(',');
  const fits =
    names.length <= MAX_COLUMNS && names.every((name) => /^[a-z0-9_]{1,64}$/i.test(name) && !OWN_MEMBERS.has(name));
  return fits ? names : undefined;
});

/** The shortest interval is that of the timestamps. */
const interval = check('a duration such as 30s, 5m, 1h or 7d', (text) => {
  const ms = durationMs(text);
  return ms !== undefined && ms >= 1 && ms <= 3_650 * 86_400_000 ? { text, ms } : undefined;
});

const aggregation = check<Aggregation>(AGGREGATIONS.join(', '), (text) => AGGREGATIONS.find((each) => each === text));
const gaps = check('omit, null or previous', (text) => GAPS.get(text));

export const dataParameters = z
  .strictObject({
    ...range,
    limit: limit.optional(),
    sensor,
    interval: interval.optional(),
    aggregation: aggregation.optional(),
    gaps: gaps.optional(),
    columns: columns.optional(),
  })
  .refine(ordered, DISORDER)
  .superRefine((given, context) => {
    const refuse = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message, input: given });
    if (given.columns !== undefined && given.sensor !== 'audio') {
      refuse('columns', 'are of recordings, expected sensor=audio');
    }
    if (given.interval === undefined) {
      for (const name of ['aggregation', 'gaps'] as const) {
        if (given[name] !== undefined) refuse(name, 'is for readings by interval, expected interval too, such as 1h');
      }
      return;
    }
    if (given.sensor === 'audio') refuse('interval', 'is for numbers, expected the name of a quantity as sensor');
    if (given.limit !== undefined) refuse('limit', 'is for single readings, expected from and to beside interval');
  });

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: readonly ParameterError[] };

/** Path and query parameters by a strict schema: unknown ones are refused too, since a misspelt `from` would return other rows. */
export function readParameters<T>(c: ApiContext, schema: z.ZodType<T>): Parsed<T> {
  // Not c.req.query: a parameter named __proto__ would be lost in it.
  const query = new URL(c.req.url).searchParams;
  const entries: [string, unknown][] = [...new Set(query.keys())].map((name) => {
    const values = query.getAll(name);
    return [name, values.length === 1 ? values[0] : values];
  });
  const path = Object.entries(c.req.param());
  const clash = path.flatMap(([name]) => (query.has(name) ? [{ parameter: name, detail: unknown(schema) }] : []));
  const result = schema.safeParse(Object.fromEntries([...entries, ...path]));
  if (result.success && clash.length === 0) return { ok: true, value: result.data };
  const issues = result.error?.issues ?? [];
  return { ok: false, errors: [...clash, ...issues.flatMap((issue) => errorsOf(issue, schema, query))] };
}

function errorsOf(issue: z.core.$ZodIssue, schema: z.ZodType, query: URLSearchParams): ParameterError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ parameter: shown(key, ''), detail: unknown(schema) }));
  }
  const parameter = String(issue.path[0] ?? '');
  const isMissing = parameter === 'sensor' && !query.has(parameter);
  return [{ parameter, detail: isMissing ? 'is missing, expected audio or the name of a quantity' : issue.message }];
}

function unknown(schema: z.ZodType): string {
  const names = Object.keys((schema as z.ZodObject).shape).filter((name) => name !== 'id');
  return `is unknown here, expected ${names.length === 0 ? 'no parameters' : names.join(', ')}`;
}

function shown(text: string, quote = '"'): string {
  return quote + (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text) + quote;
}
