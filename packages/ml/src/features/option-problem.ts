/** A value that is out of range. */
export interface OptionProblem<T> {
  readonly name: keyof T & string;
  readonly found: unknown;
  /** For `expected …`; other options are called by their names. */
  readonly expected: string;
}

/** For messages. */
export function inWords<T>({ name, found, expected }: OptionProblem<T>): string {
  return `${name} is ${String(found)}, expected ${expected}`;
}
