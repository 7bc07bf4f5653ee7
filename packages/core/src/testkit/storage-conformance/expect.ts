import { LouverError, type LouverErrorCode } from '../../errors.js';

/** Characters of a value in a message. */
const SHOWN = 300;

/** Throws where the two differ: with NaN equal to NaN, and −0 to 0, which a storage need not tell apart. */
export function expectSame(found: unknown, expected: unknown, what: string): void {
  const difference = differenceOf(found, expected, '');
  if (difference !== undefined) throw new Error(`${what}${difference}`);
}

/** The same rows as often, in any order. */
export function expectSameRows(found: readonly object[], expected: readonly object[], what: string): void {
  const open = new Map<string, number>();
  for (const row of expected) open.set(rowText(row), (open.get(rowText(row)) ?? 0) + 1);
  const foreign: string[] = [];
  for (const row of found) {
    const text = rowText(row);
    const left = open.get(text) ?? 0;
    if (left === 0) foreign.push(text);
    else open.set(text, left - 1);
  }
  const missing = [...open].filter(([, left]) => left > 0).map(([text]) => text);
  if (foreign.length === 0 && missing.length === 0) return;
  const first = (texts: readonly string[]): string => (texts[0] === undefined ? '' : `, first ${cut(texts[0])}`);
  throw new Error(
    `${what}: found ${found.length} rows, expected ${expected.length}; ` +
      `missing: ${missing.length}${first(missing)}; not expected: ${foreign.length}${first(foreign)}`,
  );
}

export function expectTrue(condition: boolean, words: string): void {
  if (!condition) throw new Error(words);
}

/** Resolves to the error with one of these codes that `call` rejects with. */
export async function expectRejection(
  call: () => Promise<unknown>,
  codes: readonly LouverErrorCode[],
  what: string,
): Promise<LouverError> {
  const expected = `expected a rejection with ${codes.join(' or ')}`;
  let result: unknown;
  try {
    result = await call();
  } catch (error) {
    return louverError(error, codes, what);
  }
  throw new Error(`${what}: resolved to ${show(result)}, ${expected}`);
}

/** `error` itself, when it is a `LouverError` with one of these codes and as retryable as its code is. */
export function louverError(error: unknown, codes: readonly LouverErrorCode[], what: string): LouverError {
  const expected = `expected a LouverError with ${codes.join(' or ')}`;
  if (!LouverError.is(error)) throw new Error(`${what}: rejected with ${String(error)}, ${expected}`, { cause: error });
  if (!codes.includes(error.code)) {
    throw new Error(`${what}: rejected with ${error.code}, ${expected}: ${error.message}`, { cause: error });
  }
  const retryable = new LouverError(error.code, '').retryable;
  if (error.retryable === retryable) return error;
  throw new Error(`${what}: ${error.code} has retryable ${error.retryable}, expected ${retryable}`, { cause: error });
}

/** For a call that is awaited later, if at all: when the case ends before, its rejection is nobody's. */
export function underWay<T>(call: Promise<T>): Promise<T> {
  call.catch(() => undefined);
  return call;
}

export async function readAll<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const batch of batches) for (const row of batch) found.push(row);
  return found;
}

function differenceOf(found: unknown, expected: unknown, path: string): string | undefined {
  if (found === expected || (Number.isNaN(found) && Number.isNaN(expected))) return undefined;
  const differs = `${path}: found ${show(found)}, expected ${show(expected)}`;
  if (typeof found !== 'object' || typeof expected !== 'object' || found === null || expected === null) return differs;
  if (isList(expected)) {
    if (
      !isList(found) ||
      found.length !== expected.length ||
      found instanceof Float64Array !== expected instanceof Float64Array
    )
      return differs;
    for (let i = 0; i < expected.length; i++) {
      const difference = differenceOf(found[i], expected[i], `${path}[${i}]`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  const a = found as Readonly<Record<string, unknown>>;
  const b = expected as Readonly<Record<string, unknown>>;
  for (const name of new Set([...Object.keys(b), ...Object.keys(a)])) {
    const difference = differenceOf(a[name], b[name], `${path}.${name}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isList(value: object): value is readonly unknown[] | Float64Array {
  return Array.isArray(value) || value instanceof Float64Array;
}

/** The same for rows with the same content, in whatever order their members are. */
function rowText(row: object): string {
  const members = Object.entries(row)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return members
    .map(([name, value]) => `${name}=${typeof value === 'number' ? value + 0 : JSON.stringify(value)}`)
    .join(' ');
}

function show(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  if (value instanceof Float64Array) return show([...value]);
  return cut(
    JSON.stringify(value, (_name, member: unknown) =>
      typeof member === 'number' && !Number.isFinite(member) ? String(member) : member,
    ) ?? typeof value,
  );
}

function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)} … (${text.length} characters)` : text;
}
