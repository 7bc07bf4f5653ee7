import { LouverError } from '@louver/core';
import type { z } from 'zod';

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** Key with dots, e.g. `mqtt.port`. */
  readonly path: string;
  /** What was found, and what is expected or to be done. */
  readonly text: string;
  /** File, environment variable or flag. */
  readonly source: string;
}

export function formatProblem({ path, text, source }: ConfigProblem): string {
  return `${path}: ${text} (${source})`;
}

/** All problems in one error, one line each. */
export function configError(problems: readonly ConfigProblem[]): LouverError {
  return new LouverError('E_CONFIG', problems.map(formatProblem).join('\n'));
}

type Path = readonly PropertyKey[];

/**
 * What a failed check found, in the words of an operator.
 * @param tree what was checked
 * @param sourceOf where the value at a path comes from
 * @param knownKeys every key that there is, with dots
 */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  tree: unknown,
  sourceOf: (path: string) => string,
  knownKeys: readonly string[],
): readonly ConfigProblem[] {
  return issues.flatMap((issue): readonly ConfigProblem[] => {
    const path = dotted(issue.path);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const full = dotted([...issue.path, key]);
        return { path: full, text: unknownKey(full, knownKeys), source: sourceOf(full) };
      });
    }
    const expected = issue.code === 'invalid_type' ? `expected ${kindOf(issue.expected)}` : issue.message;
    return [{ path, text: `found ${shown(valueAt(tree, issue.path), path)}, ${expected}`, source: sourceOf(path) }];
  });
}

function kindOf(expected: string): string {
  return { object: 'keys with values', array: 'a list', record: 'keys with values' }[expected] ?? expected;
}

export function dotted(path: Path): string {
  return path.map(String).join('.');
}

function valueAt(tree: unknown, path: Path): unknown {
  let value = tree;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return value;
}

/** Tokens are never repeated, not even wrong ones; nor are user names and passwords in a URL. */
function shown(value: unknown, path: string): string {
  if (path.startsWith('api.tokens')) return 'something else';
  const json = (JSON.stringify(value) ?? String(value)).replace(/"([a-z]+:\/\/)?[^"]*@/gi, '"$1…@');
  return json.length > 80 ? `${json.slice(0, 77)}...` : json;
}

function unknownKey(path: string, knownKeys: readonly string[]): string {
  const leafOf = (key: string): string => key.slice(key.lastIndexOf('.') + 1);
  const scored = knownKeys
    .map((key) => ({
      key,
      distance: Math.min(
        distance(path, key),
        distance(leafOf(path), leafOf(key)) + (parentOf(path) === parentOf(key) ? 0 : 1),
      ),
    }))
    .sort((a, b) => a.distance - b.distance);
  const nearest = scored[0];
  if (nearest && nearest.distance <= Math.max(2, Math.floor(leafOf(path).length / 3))) {
    return `unknown key, did you mean ${nearest.key}?`;
  }
  const siblings = knownKeys.filter((key) => parentOf(key) === parentOf(path)).map(leafOf);
  const level = parentOf(path) === '' ? 'at the top there are' : `${parentOf(path)} has`;
  return `unknown key, ${level} ${siblings.join(', ')}`;
}

function parentOf(path: string): string {
  return path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '';
}

/** Levenshtein distance: insertions, deletions and replacements. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
