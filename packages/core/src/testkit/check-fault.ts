import { LouverError } from '../errors.js';

/** What can be asked of a part that fails on purpose. */
export interface FaultRules {
  /** E.g. `faultyStorage`, for the words of an error. */
  readonly part: string;
  readonly operations: readonly string[];
  /** Operations that name a table; none: `table` is no term of this part. */
  readonly withTable: readonly string[];
  /** Besides `refuse`, `hang` and `slow`. */
  readonly rejectsRows: boolean;
}

const TERMS: readonly string[] = ['how', 'on', 'when', 'afterCalls', 'times'];

/** A fault that nothing meets would leave its test green on nothing. @throws LouverError `E_CONFIG` for a fault that cannot be met. */
export function checkFault(fault: unknown, rules: FaultRules): void {
  const { part, operations, withTable, rejectsRows } = rules;
  const must = (isSo: boolean, name: string, found: unknown, expected: string): void => {
    if (!isSo) throw new LouverError('E_CONFIG', `${part}.fail: ${name} is ${shown(found)}, expected ${expected}`);
  };
  must(typeof fault === 'object' && fault !== null, 'the fault', fault, "an object like { on: 'open', how: 'refuse' }");
  const terms = fault as Readonly<Record<string, unknown>>;
  const { how, on, when, afterCalls, times, table, delayMs, rows } = terms;
  const hows = ['refuse', 'hang', 'slow', ...(rejectsRows ? ['reject'] : [])];
  must(hows.includes(how as string), 'how', how, oneOf(hows));

  const own = how === 'reject' ? ['how', 'rows'] : how === 'slow' ? [...TERMS, 'delayMs'] : TERMS;
  const known = withTable.length > 0 ? [...own, 'table'] : own;
  for (const name of Object.keys(terms))
    must(known.includes(name), `a term of how: '${how as string}'`, name, oneOf(known));

  if (how === 'reject') must(typeof rows === 'function', 'rows', rows, 'a function (row, table) => boolean');
  if (how === 'slow') must(isAtLeast(delayMs, 0), 'delayMs', delayMs, 'milliseconds, 0 or more');
  const wanted: readonly unknown[] = on === undefined ? operations : Array.isArray(on) ? on : [on];
  must(wanted.length > 0, 'on', on, oneOf(operations));
  for (const op of wanted) must(operations.includes(op as string), 'on', op, oneOf(operations));
  if (table !== undefined) {
    must(typeof table === 'string', 'table', table, 'the name of a table');
    must(
      how === 'reject' || wanted.some((op) => withTable.includes(op as string)),
      'on',
      on,
      `${oneOf(withTable)} with a table`,
    );
  }
  must(when === undefined || when === 'before' || when === 'after', 'when', when, oneOf(['before', 'after']));
  must(afterCalls === undefined || isCount(afterCalls, 0), 'afterCalls', afterCalls, 'a whole number, 0 or more');
  must(times === undefined || times === Infinity || isCount(times, 1), 'times', times, 'a whole number, 1 or more');
}

function isAtLeast(value: unknown, least: number): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= least;
}

function isCount(value: unknown, least: number): boolean {
  return Number.isInteger(value) && isAtLeast(value, least);
}

function oneOf(names: readonly string[]): string {
  return names.length === 1 ? `'${names[0]!}'` : `one of ${names.map((name) => `'${name}'`).join(', ')}`;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return Array.isArray(value) ? `[${value.map(shown).join(', ')}]` : String(value);
}
