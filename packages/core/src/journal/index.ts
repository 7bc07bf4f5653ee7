import { resolve } from 'node:path';
import { LouverError } from '../errors.js';
import type { Journal } from '../journal.js';
import { FileJournal } from './file-journal.js';
import { nodeFiles } from './files.js';

export interface FileJournalOptions {
  /**
   * Bound on the disk space; at the bound `append` rejects with retryable `E_JOURNAL_FULL`. A sixteenth of it (at least 8 KiB, at most 16 MiB) is kept for records
   * of our own (`own`: commands, predictions, notes): what is received is refused that much earlier. Bytes, at least 64 KiB; default 1 GiB.
   */
  readonly maxBytes?: number;
  /** Space is given back in pieces of this size. Bytes, at least 4 KiB; default 64 MiB, and at most an eighth of `maxBytes`. */
  readonly segmentBytes?: number;
}

/**
 * A journal in a folder of its own: append-only segment files (mode 0600), one group-committed fdatasync for all appends that wait.
 * One process at a time (`E_JOURNAL_LOCKED`). A torn tail is cut off, damaged regions are skipped, kept in `damaged/` and
 * counted in `journal_damaged_bytes_total`; a folder of a newer release is refused (`E_JOURNAL_DAMAGED`). After an I/O error
 * nothing more is acknowledged (`E_JOURNAL_IO`); a full disk is `E_JOURNAL_FULL` until there is space. So that it can be drained even then,
 * a file `ballast` (256 KiB, less when `maxBytes` is under 4 MiB; beside the bound) is given up when no other space is left.
 * Space comes back a segment at a time, from the middle too: one record that waits long holds up one segment.
 * @param directory made when it is missing (mode 0700).
 * @throws LouverError `E_CONFIG` when a size is not a whole number in its range.
 */
export function fileJournal(directory: string, options: FileJournalOptions = {}): Journal {
  const { maxBytes = 1024 ** 3, segmentBytes = 64 * 1024 ** 2 } = options;
  const problems: string[] = [];
  if (directory === '') problems.push(`directory is '', expected a path`);
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 65_536) {
    problems.push(`maxBytes is ${maxBytes}, expected a whole number of at least 65536`);
  }
  if (!Number.isSafeInteger(segmentBytes) || segmentBytes < 4096) {
    problems.push(`segmentBytes is ${segmentBytes}, expected a whole number of at least 4096`);
  }
  if (problems.length > 0) throw new LouverError('E_CONFIG', `fileJournal: ${problems.join('; ')}.`);
  return new FileJournal({ directory: resolve(directory), maxBytes, segmentBytes, files: nodeFiles });
}
