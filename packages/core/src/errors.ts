import type { Sequence } from './event.js';

/** Why a message was set aside: the `code` column of `dead_letters` (P-6). */
export type DeadLetterReason =
  | 'not-json'
  | 'not-cbor'
  | 'wrong-type'
  | 'out-of-range'
  | 'bad-timestamp'
  | 'bad-recording'
  | 'bad-device-id'
  | 'too-large'
  | 'unknown-topic'
  | 'storage-rejected';

/** Every error code with its default: whether trying the same again may succeed. `docs/errors.md` explains each. */
export const ERROR_CODES = {
  E_CONFIG: { retryable: false },
  E_DECODE: { retryable: false },
  E_NOT_OPEN: { retryable: false },
  E_TRANSPORT: { retryable: true },
  E_JOURNAL_FULL: { retryable: true },
  E_JOURNAL_LOCKED: { retryable: false },
  E_JOURNAL_DAMAGED: { retryable: false },
  E_JOURNAL_IO: { retryable: false },
  E_STORAGE_UNAVAILABLE: { retryable: true },
  E_STORAGE_REJECTED: { retryable: false },
  E_STORAGE_LOCKED: { retryable: false },
  E_RECORDING_IO: { retryable: true },
  E_FEATURES: { retryable: false },
  E_MODEL: { retryable: false },
  E_OVERLOADED: { retryable: true },
  E_SUPERSEDED: { retryable: false },
  E_TIMEOUT: { retryable: true },
} as const satisfies Readonly<Record<string, { readonly retryable: boolean }>>;

export type LouverErrorCode = keyof typeof ERROR_CODES;

export interface LouverErrorOptions {
  /** Overrides the code's default. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
  /** With `E_DECODE`: the dead letter's reason. */
  readonly reason?: DeadLetterReason;
  /** With `E_DECODE`: the device, where the topic names a valid one. */
  readonly deviceId?: string;
  /** With `E_DECODE`: the message's number, when that much could be read (P-5). */
  readonly sequence?: Sequence;
}

/**
 * The one error class of Louver. `message` says what was found, what was expected and what to do, and begins with the code.
 */
export class LouverError extends Error {
  override readonly name = 'LouverError';
  readonly code: LouverErrorCode;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  readonly reason?: DeadLetterReason;
  readonly deviceId?: string;
  readonly sequence?: Sequence;

  constructor(code: LouverErrorCode, message: string, options: LouverErrorOptions = {}) {
    super(`${code}: ${message}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? ERROR_CODES[code].retryable;
    if (options.reason !== undefined) this.reason = options.reason;
    if (options.deviceId !== undefined) this.deviceId = options.deviceId;
    if (options.sequence !== undefined) this.sequence = options.sequence;
  }

  /** Works across duplicate copies of the package, where `instanceof` does not. */
  static is(value: unknown): value is LouverError {
    return value instanceof Error && value.name === 'LouverError' && 'code' in value;
  }

  /** The error itself when it is one of ours, else wrapped under `code`. */
  static from(value: unknown, code: LouverErrorCode): LouverError {
    if (LouverError.is(value)) return value;
    const message = value instanceof Error ? value.message : String(value);
    return new LouverError(code, message, { cause: value });
  }
}

/** The words of a `LouverError` without the code that they begin with, for where the code is told beside them or is of no use. */
export function withoutCode(message: string): string {
  return message.replace(/^E_[A-Z_]+: /, '');
}
