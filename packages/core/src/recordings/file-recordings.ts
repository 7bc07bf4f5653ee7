import { dirname } from 'node:path';
import type { Context, Health } from '../component.js';
import { withDeadline } from '../deadline.js';
import { LouverError } from '../errors.js';
import type { Recording } from '../event.js';
import type { KeptRecording, RecordingStore } from '../recording-store.js';
import { wavHeader16 } from '../wav.js';
import { forAPerson, notKept, notRead } from './failures.js';
import type { RecordingFiles } from './files.js';
import { folderOf, isSha256, pathOf, unfinishedPath } from './names.js';
import { Places } from './places.js';
import { Retention } from './retention.js';
import type { Bounds } from './sweep.js';

export interface FileRecordingsSetup extends Bounds {
  readonly directory: string;
  readonly files: RecordingFiles;
}

/** At a time: of the four threads that Node has for files the journal's sync needs one, and one is for all others. */
const MAX_WRITES = 2;
/** A disk that hangs must not keep the process. */
const FAREWELL_MS = 3_000;

interface Session {
  readonly context: Context;
  readonly retention: Retention;
}

export class FileRecordings implements RecordingStore {
  readonly name = 'recordings';
  readonly #keeping = new Map<string, Promise<void>>();
  readonly #unfinished = new Set<string>();
  /** Folders whose name, and the names in them, are known to survive a power failure. */
  readonly #durable = new Set<string>();
  readonly #places = new Places(MAX_WRITES);
  #session: Session | undefined;
  #closed = false;

  constructor(private readonly setup: FileRecordingsSetup) {}

  async open(context: Context): Promise<void> {
    const { directory, files } = this.setup;
    try {
      await files.makeFolder(directory);
      // Who may not read the folder above cannot sync it either.
      await files.syncFolder(dirname(directory)).catch(() => undefined);
      // What may be there tells nothing of what may be written.
      await this.#write(unfinishedPath(directory), undefined, [], context.clock.now());
    } catch (error) {
      const refusal = forAPerson(directory, error);
      if (refusal !== undefined) throw refusal;
      // Readings are stored all the same; who keeps recordings hears of it again with the first of them.
      context.logger.error('recordings', { error: notKept(directory, error).message });
    }
    const retention = new Retention({
      ...this.setup,
      context,
      isKept: (sha256) => this.#keeping.has(sha256),
      isWritten: (path) => this.#unfinished.has(path),
    });
    this.#session = { context, retention };
    retention.start();
  }

  async close(): Promise<void> {
    if (this.#session === undefined || this.#closed) return;
    this.#closed = true;
    const { context, retention } = this.#session;
    await withDeadline(context.clock, FAREWELL_MS, 'the last recordings', async () => {
      await Promise.allSettled([retention.close(), ...this.#keeping.values()]);
    }).catch(() => undefined);
  }

  health(): Health {
    const trouble = this.#session?.retention.trouble;
    return trouble === undefined ? { ok: true } : { ok: false, reason: trouble.message };
  }

  async keep(recording: Recording, signal?: AbortSignal): Promise<void> {
    const { sha256 } = recording;
    const session = this.#opened();
    checkHash(sha256);
    let keeping = this.#keeping.get(sha256);
    if (keeping === undefined) {
      keeping = this.#keep(session, recording, signal).finally(() => this.#keeping.delete(sha256));
      this.#keeping.set(sha256, keeping);
    }
    await keeping;
  }

  async find(sha256: string): Promise<KeptRecording | undefined> {
    this.#opened();
    checkHash(sha256);
    const path = pathOf(this.setup.directory, sha256);
    try {
      return await this.setup.files.open(path);
    } catch (error) {
      throw notRead(path, error);
    }
  }

  async #keep({ context, retention }: Session, recording: Recording, signal?: AbortSignal): Promise<void> {
    const { directory } = this.setup;
    const { sha256 } = recording;
    await retention.removed(sha256);
    if (!(await this.#places.take(signal))) throw notKept(directory, 'its turn did not come in time');
    const folder = folderOf(directory, sha256);
    try {
      const path = pathOf(directory, sha256);
      const pieces = wavOf(recording);
      const bytes = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
      const nowMs = context.clock.now();
      await this.#makeDurable(folder);
      if (await this.#comesAgain(path, bytes, nowMs)) return;
      await this.#write(unfinishedPath(folder), path, pieces, nowMs);
      await this.setup.files.syncFolder(folder);
      context.metrics.count('recordings_kept_total');
      retention.added(bytes);
    } catch (error) {
      // Its names may not be synced, or it may be gone itself.
      this.#durable.delete(folder);
      throw notKept(directory, error);
    } finally {
      this.#places.give();
    }
  }

  /** It is there, whole: its time begins anew. */
  async #comesAgain(path: string, bytes: number, nowMs: number): Promise<boolean> {
    const { files } = this.setup;
    const there = await files.state(path);
    // Another size: somebody has cut or changed it, and it is written anew.
    if (there?.isFile !== true || there.bytes !== bytes) return false;
    try {
      await files.touch(path, nowMs);
      return true;
    } catch {
      // Another user's, or gone meanwhile.
      return false;
    }
  }

  /** Under another name until it is whole and synced. Without `path` it is only tried. */
  async #write(unfinished: string, path: string | undefined, pieces: Uint8Array[], nowMs: number): Promise<void> {
    const { files } = this.setup;
    this.#unfinished.add(unfinished);
    try {
      await files.write(unfinished, pieces, nowMs);
      if (path === undefined) await files.remove(unfinished);
      else await files.move(unfinished, path);
    } catch (error) {
      await files.remove(unfinished).catch(() => undefined);
      throw error;
    } finally {
      this.#unfinished.delete(unfinished);
    }
  }

  /** Once for each folder: what a process before this one had moved there may not be synced, as it may have been killed. */
  async #makeDurable(folder: string): Promise<void> {
    if (this.#durable.has(folder)) return;
    const { directory, files } = this.setup;
    await files.makeFolder(folder);
    await files.syncFolder(directory);
    await files.syncFolder(folder);
    this.#durable.add(folder);
  }

  #opened(): Session {
    if (this.#session === undefined || this.#closed) {
      const state = this.#closed ? 'is closed' : 'is not open yet: call open() first';
      throw new LouverError('E_NOT_OPEN', `the store of recordings in ${this.setup.directory} ${state}`);
    }
    return this.#session;
  }
}

/**
 * A WAV file that anybody can play. WAV is kept as it came; raw PCM gains a plain header, behind which lies every byte that came, half a sample at the
 * end too.
 */
function wavOf({ bytes, format, sampleRateHz }: Recording): Uint8Array[] {
  return format === 'wav' ? [bytes] : [wavHeader16(bytes.byteLength & ~1, sampleRateHz), bytes];
}

function checkHash(sha256: string): void {
  if (isSha256(sha256)) return;
  const found = JSON.stringify(String(sha256).slice(0, 80));
  throw new LouverError('E_CONFIG', `found ${found} for a hash of a recording, expected a SHA-256: 64 of 0-9 a-f`);
}
