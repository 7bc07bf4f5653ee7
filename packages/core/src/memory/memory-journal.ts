import { randomUUID } from 'node:crypto';
import type { Context } from '../component.js';
import { durableReceipt } from '../delivery.js';
import { LouverError } from '../errors.js';
import type { Journal, JournalEntry, Position } from '../journal.js';

/** Records handed out at once. */
const READ_BATCH = 1024;

/** A journal that forgets with the process: for tests, and for `durability` `storage` or `none`. Its receipts say `none`. */
export function memoryJournal(options: { readonly maxRecords?: number } = {}): Journal {
  const { maxRecords = 100_000 } = options;
  const entries = new Map<Position, JournalEntry>();
  const id = randomUUID();
  let next: Position = 1;
  let context: Context | undefined;
  const waiting: (() => void)[] = [];

  function wakeAll(): void {
    for (const resolve of waiting.splice(0)) resolve();
  }

  return {
    name: 'memory-journal',
    level: 'none',
    id,
    async open(opened) {
      context = opened;
    },
    async close() {},
    async append(records) {
      if (context === undefined) throw new LouverError('E_NOT_OPEN', 'memory journal: append() before open()');
      if (entries.size + records.length > maxRecords) {
        throw new LouverError(
          'E_JOURNAL_FULL',
          `memory journal: ${entries.size} records wait, at most ${maxRecords} may`,
        );
      }
      const first = next;
      for (const record of records) {
        entries.set(next, { position: next, record, replayed: false, stored: [], inDoubt: [] });
        next++;
      }
      wakeAll();
      return { receipt: durableReceipt('none', context.clock.now()), first };
    },
    async *read({ follow, signal }) {
      const end = next;
      let cursor: Position = 1;
      signal.addEventListener('abort', wakeAll, { once: true });
      while (!signal.aborted) {
        const batch: JournalEntry[] = [];
        for (; cursor < next && batch.length < READ_BATCH; cursor++) {
          const entry = entries.get(cursor);
          if (entry !== undefined) batch.push(entry);
        }
        if (batch.length > 0) yield batch;
        else if (!follow && cursor >= end) return;
        else if (cursor >= next) await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    async sent() {
      return { async done() {} };
    },
    settle(positions) {
      for (const position of positions) entries.delete(position);
    },
  };
}
