import { LouverError, type LouverErrorCode } from '@louver/core';

/** SQLSTATEs and classes of them (the first two characters): PostgreSQL's manual, appendix A. */
const DATA = /^(22|23)/; // a value out of range, a constraint that somebody has added
const TOO_LARGE = '54000'; // a text longer than an index entry may be
/** What waiting does not mend while the program starts. */
const OPERATOR: Readonly<Record<string, string>> = {
  '28P01': 'check user and password of the URL',
  '28000': 'check the user of the URL, and pg_hba.conf of the server',
  '3D000': 'make it (createdb), or mend the URL',
  '42501': 'grant the user what is missing, or make the schema beforehand and make it the user’s own',
};
/** Of Node.js and pg, before the server has answered: the certificate, a server without TLS, no password. */
const OPERATOR_TLS = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/;
const OPERATOR_WORDS = /does not support SSL|client password must be a string/;

/** SQLSTATE of the server, code of Node.js, or `''`. */
export function codeOf(error: unknown): string {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
}

/**
 * PostgreSQL itself has answered: the statement had no effect. By the form of the error: its `severity` is a word of the server's language. After
 * some answers (class 57) the session is over, which the ROLLBACK that follows finds.
 */
export function isAnswer(error: unknown): boolean {
  return /^[0-9A-Z]{5}$/.test(codeOf(error)) && 'severity' in Object(error);
}

/** For a write whose rows are certainly not in: whether they are to blame, or it is tried again. */
export function writeError(error: unknown, table: string): LouverError {
  const code = codeOf(error);
  const rejected = isAnswer(error) && (DATA.test(code) || code === TOO_LARGE);
  return wrapped(error, rejected ? 'E_STORAGE_REJECTED' : 'E_STORAGE_UNAVAILABLE', `writing ${table}`);
}

/** For everything that is tried again as it is. */
export function unavailable(error: unknown, doing: string): LouverError {
  return wrapped(error, 'E_STORAGE_UNAVAILABLE', doing);
}

/** For opening: what an operator has to mend ends the start, everything else is waited for. */
export function openingError(error: unknown, where: string): LouverError {
  const code = codeOf(error);
  const advice =
    OPERATOR[code] ??
    (OPERATOR_TLS.test(code) || OPERATOR_WORDS.test(String(error))
      ? 'check password and sslmode of the URL'
      : undefined);
  if (advice === undefined) return unavailable(error, `opening ${where}`);
  return wrapped(error, 'E_CONFIG', `opening ${where}`, `; ${advice}`);
}

function wrapped(cause: unknown, code: LouverErrorCode, doing: string, advice = ''): LouverError {
  if (LouverError.is(cause)) return cause;
  return new LouverError(code, `PostgreSQL, ${doing}: ${wordsOf(cause)}${advice}`, { cause });
}

/** One line. Node.js says of a name with several addresses only that all of them failed. */
function wordsOf(cause: unknown): string {
  const first = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause;
  const words = first instanceof Error ? first.message : String(first);
  const code = codeOf(first);
  return `${words.replaceAll(/\s+/g, ' ')}${code === '' || words.includes(code) ? '' : ` (${code})`}`;
}
