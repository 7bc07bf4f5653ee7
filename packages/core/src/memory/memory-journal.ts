import { randomUUID } from 'node:crypto';
import type { Context } from '../component.js';
import { durableReceipt } from '../delivery.js';
import { LouverError } from '../errors.js';
import type { Journal, JournalEntry, Position } from '../journal.js';

/** Records handed out at once. */
const READ_BATCH = 1024;

/**
 * A journal that forgets with the process: for tests, and for `durability` `storage` or `none`. Its receipts say `none`. Of `maxRecords` (default 100,000) a
 * sixteenth is kept for records of our own.
 */
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
    async append(records, { own = false } = {}) {
      if (context === undefined) throw new LouverError('E_NOT_OPEN', 'memory journal: append() before open()');
      const limit = own ? maxRecords : maxRecords - Math.floor(maxRecords / 16);
      if (entries.size + records.length > limit) {
        context.metrics.count('journal_refused_total', { reason: 'bound' }, records.length);
        throw new LouverError('E_JOURNAL_FULL', `memory journal: ${entries.size} records wait, at most ${limit} may`);
      }
      const first = next;
      for (const record of records) {
        entries.set(next, { position: next, record, replayed: false, stored: [], inDoubt: [] });
        next++;
      }
      wakeAll();
      return { receipt: durableReceipt('none', context.clock.now()), first };
    },
    async *read({ follow, signal, from = 1 }) {
      const end = next;
      let cursor: Position = from;
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
