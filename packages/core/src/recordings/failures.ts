import { LouverError } from '../errors.js';

const NOT_WRITABLE = 'Recordings must be written there: give this user the right to, or choose another folder.';
const NO_FOLDER = 'There is something else where a folder is expected: move it away, or choose another folder.';
const NO_SPACE = 'Free or add space on that disk, or keep recordings for a shorter time.';
const READ_ONLY = 'The disk is mounted read-only: after an error check it, then mount it for writing.';

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: NOT_WRITABLE,
  EPERM: NOT_WRITABLE,
  EROFS: READ_ONLY,
  EEXIST: NO_FOLDER,
  ENOTDIR: NO_FOLDER,
  ENOSPC: NO_SPACE,
  EDQUOT: NO_SPACE,
};

/** What only a person can mend: a wrong name or right, not a disk that is full or fails. */
const FOR_A_PERSON = new Set(['EACCES', 'EPERM', 'EEXIST', 'ENOTDIR', 'ENOENT', 'ELOOP', 'ENAMETOOLONG']);

export function notKept(directory: string, cause: unknown): LouverError {
  return new LouverError('E_RECORDING_IO', `recordings cannot be kept in ${directory}: ${words(cause)}`, { cause });
}

export function notRemoved(directory: string, cause: unknown): LouverError {
  const message = `old recordings cannot be removed from ${directory}: ${words(cause)}`;
  return new LouverError('E_RECORDING_IO', message, { cause });
}

export function notRead(path: string, cause: unknown): LouverError {
  return new LouverError('E_RECORDING_IO', `${path} cannot be read: ${words(cause)}`, { cause });
}

/** `undefined`: the disk may be well again without anybody changing a setting. */
export function forAPerson(directory: string, cause: unknown): LouverError | undefined {
  if (!FOR_A_PERSON.has(codeOf(cause))) return undefined;
  return new LouverError('E_CONFIG', `recordings cannot be kept in ${directory}: ${words(cause)}`, { cause });
}

export function codeOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
}

function words(cause: unknown): string {
  const found = cause instanceof Error ? cause.message : String(cause);
  const advice = ADVICE[codeOf(cause)];
  return advice === undefined ? found : `${found}. ${advice}`;
}
