import { ConnectionFault } from '../../connection.js';

/** What a guest is told instead of an answer, as ClickHouse says it: a code, its name, and words. */
export class GuestError extends Error {
  override readonly name = 'GuestError';
  readonly code: number;

  constructor(code: number, codeName: string, words: string) {
    super(`Code: ${code}. DB::Exception: ${words} (${codeName})`);
    this.code = code;
  }

  /** Of whatever was thrown; what says no code is none of ClickHouse's. */
  static of(error: unknown): GuestError {
    if (error instanceof GuestError) return error;
    if (error instanceof ConnectionFault && error.kind === 'overloaded') {
      return new GuestError(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', `${error.message}.`);
    }
    if (error instanceof ConnectionFault && error.kind === 'aborted') {
      return new GuestError(236, 'ABORTED', `${error.message}.`);
    }
    const message = error instanceof Error ? error.message : String(error);
    const [, code, words] = /^Code: (\d+)\. DB::Exception: (.*)$/s.exec(message.trimEnd()) ?? [];
    if (code === undefined || words === undefined) return new GuestError(1002, 'UNKNOWN_EXCEPTION', `${message}.`);
    // The engine cuts its words at a NUL, and the name of the code with them.
    const [, said = words, name = 'UNKNOWN'] = /^(.*?)\s*\(([A-Z][A-Z0-9_]+)\)$/s.exec(words) ?? [];
    return new GuestError(Number(code), name, said);
  }

  get status(): number {
    return STATUS[this.code] ?? 500;
  }
}

export const refused = (words: string): GuestError => new GuestError(497, 'ACCESS_DENIED', words);

const FAULTS_OF_THE_TEXT = [
  6, 15, 16, 17, 25, 26, 27, 36, 38, 41, 42, 43, 44, 47, 52, 53, 62, 63, 69, 70, 72, 117, 130, 131, 169, 207, 386, 456,
  457,
];
const FOUND_NOTHING = [46, 50, 60, 73, 81, 115, 218];

/** As exceptionCodeToHTTPStatus of ClickHouse's HTTP handler; 500 for the rest. */
const STATUS: Readonly<Record<number, number>> = {
  ...Object.fromEntries(FAULTS_OF_THE_TEXT.map((code) => [code, 400])),
  ...Object.fromEntries(FOUND_NOTHING.map((code) => [code, 404])),
  48: 501,
  158: 413,
  159: 408,
  194: 401,
  202: 503,
  236: 503,
  241: 507,
  307: 413,
  396: 413,
  497: 403,
  516: 403,
};
