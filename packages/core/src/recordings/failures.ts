import { withAdvice, type DiskAdvice } from '../disk-advice.js';
import { LouverError } from '../errors.js';

const ADVICE: DiskAdvice = {
  notWritable: 'Recordings must be written there: give this user the right to, or choose another folder.',
  noFolder: 'There is something else where a folder is expected: move it away, or choose another folder.',
  noSpace: 'Free or add space on that disk, or keep recordings for a shorter time.',
  readOnly: 'The disk is mounted read-only: after an error check it, then mount it for writing.',
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
  return withAdvice(cause, ADVICE);
}
