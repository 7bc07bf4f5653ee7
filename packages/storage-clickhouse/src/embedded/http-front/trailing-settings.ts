import { tokensOf, type Token } from './sql-tokens.js';

/** A statement without the SETTINGS at its end, and what they are. */
export interface WithoutSettings {
  readonly sql: string;
  readonly settings: ReadonlyMap<string, string>;
}

/**
 * Takes the SETTINGS from the end of a statement: under `readonly` the engine refuses every one, while those of a request are set before. What is not
 * of the form `name = value, …` stays, and so do those of subqueries: the engine says what it thinks of them.
 * @param sql as the engine's own formatter writes it
 */
export function withoutSettings(sql: string): WithoutSettings {
  const tokens = tokensOf(sql);
  let depth = 0;
  let begin = -1;
  tokens.forEach((token, at) => {
    if (token.kind === 'mark' && '([{'.includes(token.value)) depth += 1;
    if (token.kind === 'mark' && ')]}'.includes(token.value)) depth -= 1;
    if (depth === 0 && token.kind === 'name' && !token.isQuoted && token.value === 'SETTINGS') begin = at;
  });
  const settings = begin < 1 ? undefined : pairsOf(tokens.slice(begin + 1));
  if (settings === undefined) return { sql, settings: new Map() };
  return { sql: sql.slice(0, tokens[begin]!.from).trimEnd(), settings };
}

function pairsOf(tokens: readonly Token[]): ReadonlyMap<string, string> | undefined {
  const pairs = new Map<string, string>();
  for (let at = 0; at < tokens.length; at += 4) {
    const [name, equals, value, comma] = tokens.slice(at, at + 4);
    const isPair =
      name?.kind === 'name' &&
      equals?.value === '=' &&
      (value?.kind === 'text' || value?.kind === 'number' || value?.kind === 'name');
    if (!isPair || (comma !== undefined && comma.value !== ',')) return undefined;
    pairs.set(name.value, value.value);
  }
  return pairs.size === 0 ? undefined : pairs;
}
