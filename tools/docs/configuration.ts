import { parameterProblems, preparationProblems } from '@louver/ml';
import { PARAMETER_KEYS, PREPARATION_KEYS } from '../../packages/server/src/config/audio-schema.js';
import { KEY_FACTS, type KeyFact } from '../../packages/server/src/config/known-keys.js';
import { KEY_OF_FLAG, KEY_OF_VARIABLE } from '../../packages/server/src/config/sources.js';
import { code, table } from './markdown.js';

/** The tables of docs/CONFIGURATION.md: flags and variables, then every key by its section. */
export function configurationSections(): Readonly<Record<string, string>> {
  return { 'flags and variables': flags(), keys: keys() };
}

function flags(): string {
  const byKey = KEY_FACTS.filter(({ key }) => flagOf(key) !== undefined || variableOf(key) !== undefined);
  return table(
    ['flag of `louver serve`', 'environment', 'key', 'default'],
    byKey.map(({ key, default: fallback }) => [
      codeOrNothing(flagOf(key)) + (key === 'model.path' ? ', `--no-model`' : ''),
      codeOrNothing(variableOf(key)),
      code(key),
      inTable(fallback),
    ]),
  );
}

function keys(): string {
  const sections = new Map<string, KeyFact[]>();
  for (const fact of KEY_FACTS) sections.set(sectionOf(fact), [...(sections.get(sectionOf(fact)) ?? []), fact]);
  return [...sections]
    .map(([section, facts]) => {
      const rows = facts.map((fact) => [
        code(fact.key),
        rangeOf(fact),
        fact.unit ?? '',
        inTable(fact.default),
        [variableOf(fact.key), flagOf(fact.key)]
          .filter((name) => name !== undefined)
          .map(code)
          .join(', '),
        fact.description,
      ]);
      const header = [
        'key',
        'type and range',
        'unit',
        'default',
        'environment, flag',
        'what it does, and when to change it',
      ];
      return `### ${section}\n\n${table(header, rows)}`;
    })
    .join('\n\n');
}

function sectionOf({ key }: KeyFact): string {
  return key.includes('.') ? key.slice(0, key.indexOf('.')) : 'the process';
}

/** Ranges of audio are those of `@louver/ml`: what it says of a value that cannot be. */
function rangeOf({ key, expected }: KeyFact): string {
  const [, section, name] = /^audio\.(preparation|parameters)\.(\w+)$/.exec(key) ?? [];
  if (section === undefined || name === undefined) return expected;
  const names: Readonly<Record<string, string>> = section === 'parameters' ? PARAMETER_KEYS : PREPARATION_KEYS;
  const member = names[name]!;
  const wrong = { [member]: 'none of these' } as never;
  const problems: readonly { readonly name: string; readonly expected: string }[] =
    section === 'parameters' ? parameterProblems(wrong) : preparationProblems(wrong);
  const found = problems.find((problem) => problem.name === member)?.expected ?? expected;
  return found.replace(/\b[a-z]+[A-Z]\w*/g, (word) => Object.keys(names).find((each) => names[each] === word) ?? word);
}

/** A value as one writes it; words in brackets as words. */
function inTable(fallback: string): string {
  const words = /^\((.*)\)$/.exec(fallback)?.[1];
  return words === 'none' ? '–' : (words ?? code(fallback));
}

function codeOrNothing(name: string | undefined): string {
  return name === undefined ? '' : code(name);
}

function flagOf(key: string): string | undefined {
  return nameOf(KEY_OF_FLAG, key);
}

function variableOf(key: string): string | undefined {
  return nameOf(KEY_OF_VARIABLE, key);
}

function nameOf(names: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.keys(names).find((name) => names[name] === key);
}
