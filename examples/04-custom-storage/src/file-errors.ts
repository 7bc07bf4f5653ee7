import { LouverError, type LouverErrorCode } from '@louver/core';

/** What no waiting mends: somebody has to choose another folder, or give the right to this one. */
const FOR_THE_OPERATOR = new Set(['EACCES', 'EPERM', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ENAMETOOLONG', 'ELOOP']);

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: make room',
  EDQUOT: 'the quota of the disk is used up: make room',
  EROFS: 'the disk is mounted read-only: see why',
  EACCES: 'this user has no right to it: give it',
  EPERM: 'this user has no right to it: give it',
  ENOTDIR: 'a part of the path is a file: name another folder',
  EEXIST: 'a file has the name of the folder: name another folder',
  EMFILE: 'too many files are open: raise the limit',
};

/** The error of a file operation in an open storage: it may pass, and whether anything was written is in doubt. */
export function unavailable(error: unknown): LouverError {
  return told(error, 'E_STORAGE_UNAVAILABLE');
}

/** The same while the storage is opened: what only a person can mend ends the start. */
export function notOpened(error: unknown): LouverError {
  return told(error, FOR_THE_OPERATOR.has(codeOf(error)) ? 'E_CONFIG' : 'E_STORAGE_UNAVAILABLE');
}

function told(error: unknown, code: LouverErrorCode): LouverError {
  if (LouverError.is(error)) return error;
  const words = WORDS[codeOf(error)];
  const found = error instanceof Error ? error.message : String(error);
  return new LouverError(code, words === undefined ? found : `${found}; ${words}`, { cause: error });
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | undefined)?.code);
}
