/** Members of a JSON object. */
export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';
export const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const SHOWN_CHARS = 60;
/** Then whoever reads has enough to do. */
const MAX_PROBLEMS = 50;

/** A value that was found, short enough for a message. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, SHOWN_CHARS));
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, SHOWN_CHARS);
  } catch {
    // Nested too deep, or no JSON at all.
    return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
  }
}

/** All problems in a line; a thousand bad columns are counted. */
export function problemsInWords(problems: readonly string[]): string {
  const further = problems.length - MAX_PROBLEMS;
  return [...problems.slice(0, MAX_PROBLEMS), ...(further > 0 ? [`and ${further} more`] : [])].join('; ');
}
