import { join } from 'node:path';
import type { Context, Health } from '../component.js';
import { durableReceipt, type DurableReceipt } from '../delivery.js';
import { withAdvice, type DiskAdvice } from '../disk-advice.js';
import { LouverError } from '../errors.js';
import type { Journal, JournalEntry, JournalRecord, Position } from '../journal.js';
import { acquireLockFile, type LockFile } from '../lock.js';
import type { TableName } from '../tables.js';
import type { Damage } from './damage.js';
import { isOutOfSpace, type JournalFiles } from './files.js';
import { GroupCommit } from './group-commit.js';
import { readEntries, type ReaderView } from './reader.js';
import { recover } from './recover.js';
import { MemoryTail } from './tail.js';

export interface FileJournalSetup {
  readonly directory: string;
  readonly maxBytes: number;
  readonly segmentBytes: number;
  readonly files: JournalFiles;
  /** For a folder that is in memory. */
  readonly lock?: (path: string) => Promise<LockFile>;
}

/** So that a reader that keeps up does not touch the disk. */
const TAIL_BYTES = 8 * 1024 * 1024;

/** What there is between `open` and `close`. */
interface Session {
  readonly context: Context;
  readonly lock: LockFile;
  readonly commit: GroupCommit;
  readonly view: ReaderView;
  readonly id: string;
}

export class FileJournal implements Journal {
  readonly name = 'journal';
  readonly level = 'journal';
  private session: Session | undefined;
  private closing: Promise<void> | undefined;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly setup: FileJournalSetup) {}

  get id(): string {
    return this.opened().id;
  }

  async open(context: Context): Promise<void> {
    const { directory, files } = this.setup;
    let lock: LockFile | undefined;
    try {
      await files.makeDirectory(directory);
      lock = await (this.setup.lock ?? acquireLockFile)(join(directory, 'lock'));
      this.session = await this.begin(context, lock);
    } catch (error) {
      await lock?.release();
      if (LouverError.is(error)) throw error;
      throw openingFailed(directory, error);
    }
  }

  private async begin(context: Context, lock: LockFile): Promise<Session> {
    const { directory, files, maxBytes } = this.setup;
    const recovered = await recover({
      files,
      directory,
      newIdentity: () => newIdentity(context.random),
      report: (damage) => reportDamage(context, damage),
    });
    const tail = new MemoryTail(TAIL_BYTES);
    const changed = (): void => this.wake();
    // Space is given back a segment at a time: with few large ones a small journal would be full and never free.
    const segmentBytes = Math.min(this.setup.segmentBytes, Math.floor(maxBytes / 8));
    const commit = new GroupCommit({ files, directory, context, maxBytes, segmentBytes, recovered, tail, changed });
    await commit.start().catch(async (error: unknown) => {
      await commit.close().catch(() => undefined);
      throw error;
    });
    const { id, marker, annotations, segments, nextPosition: replayedBelow } = recovered;
    const view = { files, segments, tail, marker, annotations, replayedBelow };
    const wait = { changed: (signal: AbortSignal) => this.change(signal), closed: () => this.closing !== undefined };
    return { context, lock, commit, id, view: { ...view, ...wait } };
  }

  close(): Promise<void> {
    return (this.closing ??= this.shutDown());
  }

  health(): Health {
    const commit = this.session?.commit;
    // What waits grows older while nothing comes in; who asks for metrics asks how parts are.
    commit?.gauge();
    const trouble = commit?.trouble;
    return trouble === undefined ? { ok: true } : { ok: false, reason: trouble.message };
  }

  async append(
    records: readonly JournalRecord[],
    { own = false }: { readonly own?: boolean } = {},
  ): Promise<{ receipt: DurableReceipt; first: Position }> {
    const { commit, context } = this.opened();
    const first = await commit.append(records, own);
    return { receipt: durableReceipt('journal', context.clock.now()), first };
  }

  read(options: {
    readonly follow: boolean;
    readonly signal: AbortSignal;
    readonly from?: Position;
  }): AsyncIterable<readonly JournalEntry[]> {
    return readEntries(this.opened().view, options);
  }

  async sent(batch: {
    readonly table: TableName;
    readonly positions: readonly Position[];
  }): Promise<{ done(): Promise<void> }> {
    const done = await this.opened().commit.sent(batch.table, batch.positions);
    return { done: () => Promise.resolve(done()) };
  }

  settle(positions: readonly Position[]): void {
    this.opened().commit.settle(positions);
  }

  private opened(): Session {
    if (this.session === undefined || this.closing !== undefined) {
      const state = this.closing === undefined ? 'is not open yet: call open() first' : 'is closed';
      throw new LouverError('E_NOT_OPEN', `the journal in ${this.setup.directory} ${state}.`);
    }
    return this.session;
  }

  private async shutDown(): Promise<void> {
    this.wake();
    if (this.session === undefined) return;
    const { commit, lock } = this.session;
    try {
      await commit.close();
    } finally {
      await lock.release();
    }
  }

  private wake(): void {
    for (const resolve of [...this.waiting]) resolve();
  }

  private change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        this.waiting.delete(finish);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      if (signal.aborted || this.closing !== undefined) return resolve();
      this.waiting.add(finish);
      signal.addEventListener('abort', finish, { once: true });
    });
  }
}

function newIdentity(random: () => number): { id: string; marker: number } {
  const word = (): number => Math.floor(random() * 0x1_0000_0000);
  const id = [word(), word(), word(), word()].map((part) => part.toString(16).padStart(8, '0')).join('');
  // Zero would make a region of zeros full of places where an entry might begin.
  return { id, marker: word() || 0x6c6f7576 };
}

function reportDamage({ logger, metrics }: Context, damage: Damage): void {
  if (damage.kind === 'torn tail') {
    logger.warn('journal: a torn end is cut off, as a crash leaves it; none of it was acknowledged', damage);
  } else {
    logger.error('journal damaged: what is lost may have been acknowledged; the bytes are kept in damaged/', damage);
  }
  metrics.count('journal_damaged_bytes_total', { kind: damage.kind }, damage.bytes);
}

function openingFailed(directory: string, cause: unknown): LouverError {
  const words = `the journal in ${directory} cannot be opened: ${withAdvice(cause, ADVICE)}`;
  return new LouverError(isOutOfSpace(cause) ? 'E_JOURNAL_FULL' : 'E_JOURNAL_IO', words, { cause });
}

const ADVICE: DiskAdvice = {
  notWritable: 'The journal must be able to write there: give this user the right to, or choose another folder.',
  noFolder: 'There is a file where a folder is expected: move it away, or choose another folder.',
  noSpace: 'Free or add space on that disk, or choose another folder.',
  readOnly:
    'The disk is mounted read-only: mount it for writing (after an error: check it first), or choose another folder.',
};
