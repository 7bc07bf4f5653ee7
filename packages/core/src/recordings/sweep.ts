import { join } from 'node:path';
import type { Context } from '../component.js';
import type { EpochMs } from '../event.js';
import type { RecordingFiles } from './files.js';
import { hashOf, isFolderName, isUnfinished } from './names.js';

export interface Bounds {
  /** How long a recording is kept after it last came. Absent: for ever. */
  readonly retentionMs?: number;
  /** Of all files together. Absent: none. */
  readonly maxBytes?: number;
}

export interface SweepOptions extends Bounds {
  readonly files: RecordingFiles;
  readonly directory: string;
  readonly context: Context;
  /** Nothing more is done once it aborts. */
  readonly signal: AbortSignal;
  /** Somebody writes to it now. */
  readonly isWritten: (path: string) => boolean;
  /** Removes a recording that has not come again since `modifiedMs`; resolves to whether it did. */
  readonly remove: (recording: SweptFile) => Promise<boolean>;
}

export interface SweptFile {
  readonly sha256: string;
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: EpochMs;
}

export interface Swept {
  /** That are left. */
  readonly bytes: number;
  readonly removed: number;
}

/** Nobody writes to an unfinished file for so long: a process that had begun it was killed. */
const ABANDONED_MS = 3_600_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const MONTH_MS = 30 * 24 * HOUR_MS;
const LONGEST_MS = 3_650 * 24 * HOUR_MS;
/** What is taken below the bound, of it: so the folders are not walked again for each new recording. */
const FREED = 1 / 8;

/**
 * Removes what is older than `retentionMs`, then the oldest while all are more than `maxBytes`, and what killed processes have left unfinished.
 * Anything that is not named as our files are stays. File by file, with a turn of the event loop for each; memory does not grow with
 * their number: to find the oldest their bytes are added up by the minute (by the hour beyond 30 days), 130,000 sums at the most, and among
 * those of one minute no order is kept.
 */
export async function sweep(options: SweepOptions): Promise<Swept> {
  const { retentionMs = Infinity, maxBytes = Infinity, remove } = options;
  const nowMs = options.context.clock.now();
  const sums = new Map<EpochMs, number>();
  let bytes = 0;
  let removed = 0;
  for await (const file of recordings(options, nowMs)) {
    if (nowMs - file.modifiedMs > retentionMs && (await remove(file))) {
      removed++;
      continue;
    }
    bytes += file.bytes;
    if (maxBytes === Infinity) continue;
    const since = periodOf(file.modifiedMs, nowMs);
    sums.set(since, (sums.get(since) ?? 0) + file.bytes);
  }
  if (bytes <= maxBytes) return { bytes, removed };

  const last = lastToGo(sums, bytes - maxBytes * (1 - FREED));
  for await (const file of recordings(options, nowMs)) {
    const since = periodOf(file.modifiedMs, nowMs);
    if (since > last.since || (since === last.since && last.bytes <= 0) || !(await remove(file))) continue;
    if (since === last.since) last.bytes -= file.bytes;
    bytes -= file.bytes;
    removed++;
  }
  return { bytes, removed };
}

/** Up to which minute the oldest must go for `excess` bytes, and how much of that minute. */
function lastToGo(sums: ReadonlyMap<EpochMs, number>, excess: number): { readonly since: EpochMs; bytes: number } {
  let bytes = excess;
  for (const [since, sum] of [...sums].sort(([a], [b]) => a - b)) {
    if (sum >= bytes) return { since, bytes };
    bytes -= sum;
  }
  return { since: Infinity, bytes };
}

/** Beginning of the minute or hour; a later time has a later or the same one. */
function periodOf(modifiedMs: EpochMs, nowMs: EpochMs): EpochMs {
  const ms = Math.min(nowMs, Math.max(modifiedMs, nowMs - LONGEST_MS));
  const period = nowMs - ms > MONTH_MS ? HOUR_MS : MINUTE_MS;
  return Math.floor(ms / period) * period;
}

/** Those that are there. On the way what was left unfinished is removed. */
async function* recordings(options: SweepOptions, nowMs: EpochMs): AsyncGenerator<SweptFile> {
  const { files, directory, signal } = options;
  for await (const { name: folder, isFolder } of files.names(directory)) {
    if (isUnfinished(folder)) await removeAbandoned(join(directory, folder), nowMs, options);
    if (!isFolder || !isFolderName(folder)) continue;
    for await (const { name } of files.names(join(directory, folder))) {
      if (signal.aborted) return;
      const path = join(directory, folder, name);
      const sha256 = hashOf(name, folder);
      if (sha256 !== undefined) {
        const state = await files.state(path);
        if (state?.isFile === true) yield { sha256, path, bytes: state.bytes, modifiedMs: state.modifiedMs };
      } else if (isUnfinished(name)) await removeAbandoned(path, nowMs, options);
    }
  }
}

async function removeAbandoned(path: string, nowMs: EpochMs, { files, isWritten }: SweepOptions): Promise<void> {
  const state = await files.state(path);
  if (state?.isFile !== true || nowMs - state.modifiedMs <= ABANDONED_MS || isWritten(path)) return;
  await files.remove(path);
}
