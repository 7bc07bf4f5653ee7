import { ALLOWED_SHOWS, ALLOWED_SYSTEM_TABLES, ALLOWED_TABLE_FUNCTIONS } from './guard-lists.js';
import { GuestError, refused } from './guest-error.js';
import { withoutSettings } from './trailing-settings.js';
import { quotedName, tokensOf, type Token } from './sql-tokens.js';

/** In lower case: what must not be named, and what must not be called. */
export interface Refusals {
  /** Refused wherever it stands alone: `APPLY file` and `arrayMap(file, …)` call it too. */
  readonly functions: ReadonlySet<string>;
  readonly tableFunctions: ReadonlySet<string>;
}

export interface CheckedStatement {
  /** Without its FORMAT and the SETTINGS at its end. */
  readonly sql: string;
  readonly format: string | undefined;
  readonly settings: ReadonlyMap<string, string>;
  /** Rows and nothing after them: it can come piece by piece. */
  readonly isRows: boolean;
}

/** The engine's own bound, in characters. */
const MAX_STATEMENT = 256 * 1024;

/**
 * Lets through what reads tables and nothing else. The engine's `readonly` refuses every change, but neither INTO OUTFILE nor the
 * function `file` nor KILL nor what DESCRIBE looks at.
 * @param canonical one statement as the engine's own formatter writes it
 * @param params values by name, for `{name:Identifier}`
 */
export function checkStatement(
  canonical: string,
  params: ReadonlyMap<string, string>,
  refusals: Refusals,
): CheckedStatement {
  const { sql: unformatted, format } = withoutFormat(withIdentifiers(canonical, params));
  const { sql, settings } = withoutSettings(unformatted);
  const tokens = tokensOf(sql);
  checkKind(tokens);
  tokens.forEach((token, at) => checkToken(tokens, token, at, refusals));
  const isRows = /^(?:SELECT|WITH)$/.test(tokens[0]!.value) && !tokens.some((token) => isWord(token, 'TOTALS'));
  return { sql, format, settings, isRows };
}

/** A name that comes as a parameter is judged like one that is written there, hence is put there first. */
function withIdentifiers(canonical: string, params: ReadonlyMap<string, string>): string {
  const found = tokensOf(canonical).filter(({ kind, value }) => kind === 'parameter' && /:Identifier$/i.test(value));
  const parts: string[] = [];
  let length = canonical.length;
  let at = 0;
  for (const { value, from, to } of found) {
    const name = value.slice(0, value.indexOf(':'));
    const given = params.get(name);
    if (given === undefined)
      throw new GuestError(456, 'UNKNOWN_QUERY_PARAMETER', `Substitution \`${name}\` is not set.`);
    length += given.length;
    if (length > MAX_STATEMENT) throw new GuestError(62, 'SYNTAX_ERROR', 'Max query size exceeded by its identifiers.');
    parts.push(canonical.slice(at, from), quotedName(given));
    at = to;
  }
  return parts.join('') + canonical.slice(at);
}

const isWord = (token: Token | undefined, word: string): boolean =>
  token?.kind === 'name' && !token.isQuoted && token.value.toUpperCase() === word;

function checkKind(tokens: readonly Token[]): void {
  const words = (from: number, count: number): string =>
    tokens
      .slice(from, from + count)
      .map(({ value }) => value.toUpperCase())
      .join(' ');
  const first = words(0, 1);
  switch (first) {
    case 'SELECT':
    case 'WITH':
    case 'EXISTS':
      return;
    case 'DESCRIBE':
      if (words(1, 1) === 'TABLE') return;
      break;
    case 'SHOW':
      if (ALLOWED_SHOWS.some((shown) => words(1, shown.split(' ').length) === shown)) return;
      throw refused(`SHOW ${words(1, 2)} is not for readers: they may ask for SHOW ${ALLOWED_SHOWS.join(', ')}.`);
    case 'EXPLAIN':
      return checkExplain(tokens);
  }
  throw refused(`${first || 'nothing'} is not for readers: they may SELECT, SHOW, DESCRIBE TABLE, EXISTS and EXPLAIN.`);
}

/** Its kind and its settings, then a SELECT and nothing else. */
function checkExplain(tokens: readonly Token[]): void {
  const explained = tokens.findIndex(
    (token, at) => at > 0 && ['SELECT', 'WITH', 'INSERT', 'TABLE', 'CURRENT'].some((word) => isWord(token, word)),
  );
  const word = tokens[explained]?.value.toUpperCase();
  if (word === 'SELECT' || word === 'WITH') return;
  throw refused('EXPLAIN is for SELECT here.');
}

function checkToken(tokens: readonly Token[], token: Token, at: number, refusals: Refusals): void {
  const next = tokens[at + 1];
  if (token.kind === 'mark' && token.value === ';') throw refused('one statement at a time.');
  if (token.kind !== 'name') return;
  const name = token.value.toLowerCase();
  const isPart = tokens[at - 1]?.kind === 'mark' && tokens[at - 1]?.value === '.';
  if (isWord(token, 'INTO') && isWord(next, 'OUTFILE')) throw refused('INTO OUTFILE writes a file of this machine.');
  // Those of a subquery hold for it: the engine lets them undo every limit, and `readonly` itself.
  if (token.value === 'SETTINGS' && !token.isQuoted && next?.kind === 'name') {
    throw refused('SETTINGS of a subquery are not for readers: put them at the end of the statement.');
  }
  if (isWord(token, 'PARALLEL') && isWord(next, 'WITH')) throw refused('one statement at a time.');
  const isCalled = next?.kind === 'mark' && next.value === '(';
  if (refusals.functions.has(name) && (!isPart || isCalled)) {
    throw refused(`the function ${token.value} is not for readers; if this is a column, write its table before it.`);
  }
  if (isCalled && refusals.tableFunctions.has(name) && !ALLOWED_TABLE_FUNCTIONS.has(name)) {
    throw refused(`the table function ${token.value} is not for readers.`);
  }
  if (next?.kind !== 'mark' || next.value !== '.') return;
  if (name === 'system') checkSystemTable(tokens[at + 2]);
  // The engine takes every name in it for a file of this machine, and says whether there is one.
  if (name === 'default') throw refused('the database default is not for readers.');
}

function checkSystemTable(table: Token | undefined): void {
  if (table?.kind === 'name' && ALLOWED_SYSTEM_TABLES.has(table.value)) return;
  throw refused(`system.${table?.value ?? ''} is not for readers.`);
}

function withoutFormat(statement: string): { sql: string; format: string | undefined } {
  const tokens = tokensOf(statement);
  const at = tokens.findLastIndex(
    (token, index) =>
      isWord(token, 'FORMAT') &&
      tokens[index + 1]?.kind === 'name' &&
      (index + 2 === tokens.length || isWord(tokens[index + 2], 'SETTINGS')),
  );
  if (at < 0) return { sql: statement, format: undefined };
  const name = tokens[at + 1]!;
  const sql = `${statement.slice(0, tokens[at]!.from).trimEnd()}${statement.slice(name.to)}`;
  return { sql, format: name.value };
}
