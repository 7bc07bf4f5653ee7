import { isName, isObject, shown } from './manifest-values.js';

/** Names of a model's outputs, each one number a row, by what they are. */
export interface OutputNames {
  /** In percent open. */
  readonly position: string;
  /** Natural log of the position's variance, in percent². */
  readonly logVariance?: string;
  /** 0..1. */
  readonly confidence?: string;
  /** Kept with the prediction, and nothing made of it. */
  readonly [other: string]: string | undefined;
}

/** The outputs that a model is asked for, each once: one may be two things. */
export function outputNamesOf({ outputs }: { readonly outputs: OutputNames }): readonly string[] {
  return [...new Set(Object.values(outputs).filter((name) => name !== undefined))];
}

/** Reads `outputs` of a manifest; tells every problem. */
export function parseOutputs(value: unknown, problems: string[]): OutputNames {
  if (!isObject(value)) {
    problems.push(`outputs is ${shown(value)}, expected {"position": "<output name>", …}`);
    return { position: '' };
  }
  const roles = new Set(['position', ...Object.keys(value)]);
  const names = [...roles].flatMap((role) => {
    const name = value[role];
    if (isName(name)) return [[role, name] as const];
    problems.push(`outputs.${role} is ${shown(name)}, expected a text`);
    return [];
  });
  return { position: '', ...Object.fromEntries(names) };
}
