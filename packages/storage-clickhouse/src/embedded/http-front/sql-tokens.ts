import { refused } from './guest-error.js';

/** A piece of a statement. `name`: an identifier or keyword, bare or quoted, without its quotes. */
export interface Token {
  readonly kind: 'name' | 'text' | 'number' | 'parameter' | 'mark';
  /** Without quotes and escapes; a parameter as `name:Type`. */
  readonly value: string;
  readonly isQuoted: boolean;
  /** Where it begins and ends in the statement. */
  readonly from: number;
  readonly to: number;
}

const SPACE = /[ \t\n\r]+/y;
const BARE = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /(?:0[xX][0-9a-fA-F]+|\d[\w]*(?:\.\d*)?(?:(?<=[eE])[+-]?\d+)?)/y;
const QUOTED = /(['`"])((?:\\[\s\S]|\1\1|(?!\1)[^\\])*)\1/y;
const PARAMETER = /\{([A-Za-z_][A-Za-z0-9_]*):((?:[^{}'"`]|'(?:\\[\s\S]|[^'\\])*')+)\}/y;
const MARK = /->|::|\|\||<=>|[<>=!]=?|[-+*/%(),.;:?@[\]{}]/y;

const KINDS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['name', BARE],
  ['number', NUMBER],
  ['text', QUOTED],
  ['parameter', PARAMETER],
  ['mark', MARK],
];

/**
 * The pieces of one statement as ClickHouse's own formatter writes it: no comments, no heredocs, every string in single quotes. Throws
 * ACCESS_DENIED for anything else: what cannot be read cannot be judged.
 */
export function tokensOf(statement: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(statement);
  };
  while (at < statement.length) {
    const space = match(SPACE);
    if (space !== null) {
      at += space[0].length;
      continue;
    }
    if (/^(?:--|\/\*|#|\$)/.test(statement.slice(at, at + 2))) throw unreadable(statement, at);
    let found: RegExpExecArray | null = null;
    const kind = KINDS.find(([, pattern]) => (found = match(pattern)) !== null)?.[0];
    if (kind === undefined || found === null) throw unreadable(statement, at);
    tokens.push(token(kind, found, at));
    at = tokens.at(-1)!.to;
  }
  return tokens;
}

function token(kind: Token['kind'], found: RegExpExecArray, from: number): Token {
  const to = from + found[0].length;
  if (kind === 'text') {
    const quote = found[1]!;
    const value = unescaped(found[2]!, quote);
    return { kind: quote === "'" ? 'text' : 'name', value, isQuoted: true, from, to };
  }
  if (kind === 'parameter') return { kind, value: `${found[1]}:${found[2]!.trim()}`, isQuoted: false, from, to };
  return { kind, value: found[0], isQuoted: false, from, to };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', 0: '\0', b: '\b', f: '\f', a: '\x07', v: '\v', e: '\x1b' }; // prettier-ignore

function unescaped(inner: string, quote: string): string {
  return inner.replace(
    /\\x([0-9a-fA-F]{2})|\\([\s\S])|(['`"])\3/g,
    (whole, hex?: string, escaped?: string, twice?: string) => {
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
      if (escaped !== undefined) return ESCAPES[escaped] ?? escaped;
      return twice === quote ? quote : whole;
    },
  );
}

function unreadable(statement: string, at: number): Error {
  return refused(`cannot read the statement from ${JSON.stringify(statement.slice(at, at + 20))}: it is not run.`);
}

/** An identifier that means exactly this name, whatever is in it. */
export function quotedName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

export function quotedText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
