import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultContext, LouverError, type Context, type Recording, type RecordingStore } from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { onTestFinished } from 'vitest';
import { FileRecordings, type FileRecordingsSetup } from '../../src/recordings/file-recordings.js';
import { nodeFiles, type RecordingFiles } from '../../src/recordings/files.js';
import { START_MS } from '../support/rig.js';
import { keepingLogger } from '../support/test-parts.js';

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Raw PCM; another one for each number. */
export function pcmOf(seed: number, bytes = 64): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (seed >> (8 * (i % 4))) & 0xff);
}

export function recordingOf(bytes: Uint8Array, format: Recording['format'] = 'pcm_s16le'): Recording {
  return { bytes, format, sampleRateHz: 16_000, durationS: bytes.byteLength / 32_000, sha256: sha256Of(bytes) };
}

export const placeOf = (directory: string, sha256: string): string =>
  join(directory, sha256.slice(0, 2), `${sha256}.wav`);

/** A context whose clock stands still, that keeps what is logged and counted. */
export function observedContext() {
  const clock = manualClock(START_MS);
  const logger = keepingLogger();
  const counted = new Map<string, number>();
  const context: Context = defaultContext({
    clock,
    logger,
    random: () => 0.5,
    metrics: {
      count: (name, _labels, by = 1) => counted.set(name, (counted.get(name) ?? 0) + by),
      observe() {},
      gauge: (name, value) => counted.set(name, value),
    },
  });
  return { clock, logger, counted, context };
}

/** A store that is open, and closed with the test. */
export async function openStore(
  directory: string,
  setup: Partial<FileRecordingsSetup> = {},
  context = observedContext().context,
): Promise<FileRecordings> {
  const store = new FileRecordings({ directory, files: nodeFiles, ...setup });
  await store.open(context);
  onTestFinished(() => store.close());
  return store;
}

/** What is asked of the file system, in order, by operation and name. */
export function watchedFiles(files: RecordingFiles = nodeFiles) {
  const asked: string[] = [];
  const watched: RecordingFiles = {
    ...files,
    write: (path, pieces, ms) => (asked.push('write'), files.write(path, pieces, ms)),
    move: (from, to) => (asked.push('move'), files.move(from, to)),
    syncFolder: (path) => (asked.push('sync'), files.syncFolder(path)),
    touch: (path, ms) => (asked.push('touch'), files.touch(path, ms)),
    remove: (path) => (asked.push('remove'), files.remove(path)),
  };
  return { asked, files: watched };
}

/** A file system that refuses to write while `faults.code` is set, as the kernel does. */
export function refusingFiles(code: string | undefined = undefined) {
  const faults = { code };
  const files: RecordingFiles = {
    ...nodeFiles,
    async write(path, pieces, ms) {
      const { code: refusal } = faults;
      if (refusal !== undefined) throw Object.assign(new Error(`${refusal}: refused, write`), { code: refusal });
      await nodeFiles.write(path, pieces, ms);
    },
  };
  return { faults, files };
}

/** A store that answers at once, for a clock that stands still: it refuses while `faults.away`, all but one hash. */
export function answeringStore() {
  const faults = { away: false, butFor: '' };
  const kept = new Set<string>();
  const store: RecordingStore = {
    name: 'answering',
    async open() {},
    async close() {},
    async keep({ sha256 }) {
      if (faults.away && sha256 !== faults.butFor) throw new LouverError('E_RECORDING_IO', 'no space is left');
      kept.add(sha256);
    },
  };
  return { store, faults, kept };
}

/** Every file below the folder, by its path from there. */
export async function filesIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}
