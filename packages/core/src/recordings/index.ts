import { resolve } from 'node:path';
import { LouverError } from '../errors.js';
import type { RecordingStore } from '../recording-store.js';
import { FileRecordings } from './file-recordings.js';
import { nodeFiles } from './files.js';

export interface FileRecordingsOptions {
  /** How long a recording is kept after it last came. Ms, at least an hour; default: for ever. */
  readonly retentionMs?: number;
  /**
   * Bound on the disk space: beyond it the oldest go, to an eighth below it. It may be passed for as long as they are looked for. Bytes, at
   * least 64 MiB; default: none.
   */
  readonly maxBytes?: number;
}

const LEAST_RETENTION_MS = 3_600_000;
/** What may wait for its row must not be what has to go. */
const LEAST_BYTES = 64 * 1024 ** 2;

/**
 * Recordings as WAV files in a folder: `<first two digits>/<sha256>.wav`, mode 0600, each written under another name, synced and renamed. A
 * WAV is kept byte for byte, so its SHA-256 is its name; raw PCM gains a header of 44 bytes, so that anybody can play it (with the rate
 * at which it first came), and the hash is that of what follows: `tail -c +45 FILE | sha256sum`. A recording that comes again is not written again,
 * and lives on. At the start and every hour what is too old or too much is removed, file by file; what is not named so is never touched.
 * A disk that is full or fails at the start does not fail `open`; a folder that cannot be made or written does (`E_CONFIG`).
 * @param directory made when it is missing (mode 0700).
 * @throws LouverError `E_CONFIG` when an option is not a whole number in its range.
 */
export function fileRecordings(
  directory: string,
  options: FileRecordingsOptions = {},
): RecordingStore & Required<Pick<RecordingStore, 'find'>> {
  const problems: string[] = [];
  if (directory === '') problems.push(`directory is '', expected a path`);
  const atLeast = (name: keyof FileRecordingsOptions, least: number): void => {
    const found = options[name];
    if (found === undefined || (Number.isSafeInteger(found) && found >= least)) return;
    problems.push(`${name} is ${found}, expected a whole number of at least ${least}`);
  };
  atLeast('retentionMs', LEAST_RETENTION_MS);
  atLeast('maxBytes', LEAST_BYTES);
  if (problems.length > 0) throw new LouverError('E_CONFIG', `fileRecordings: ${problems.join('; ')}`);
  return new FileRecordings({ ...options, directory: resolve(directory), files: nodeFiles });
}
