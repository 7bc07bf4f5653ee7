import type { Clock } from '../clock.js';
import { LouverError } from '../errors.js';
import type { StorageAdapter } from '../storage.js';
import { checkFault, type FaultRules } from './check-fault.js';
import { FaultBoard, type Fault, type FaultSwitches } from './fault-board.js';
import { wrappedStorage, type StorageCall, type StorageOperation } from './wrapped-storage.js';

/** Refuses rows for what they are, as a database does with a row that does not fit its table. */
export interface RejectRows {
  readonly how: 'reject';
  /** Which rows; one of them is enough for the whole write to be refused, and none of its rows is applied. */
  readonly rows: (row: object, table: string) => boolean;
  readonly table?: string;
}

/** `refuse` is retryable `E_STORAGE_UNAVAILABLE`; with `when: 'after'` the rows are in, and the caller cannot know. */
export type StorageFault = Fault<StorageOperation> | RejectRows;

export interface FaultyStorage extends StorageAdapter, FaultSwitches<StorageFault, StorageOperation> {}

const RULES: FaultRules = {
  part: 'faultyStorage',
  operations: ['open', 'close', 'write', 'present', 'reader'] satisfies readonly StorageOperation[],
  withTable: ['write', 'present'] satisfies readonly StorageOperation[],
  rejectsRows: true,
};

/**
 * Any storage, with faults that are switched while it runs: `storage.fail({ on: 'write', how: 'hang' })`, `storage.mend()`. Reading back
 * counts as operation `reader`.
 * @param options.clock what a slow storage is slow by. Default: the machine's.
 */
export function faultyStorage(storage: StorageAdapter, options: { readonly clock?: Clock } = {}): FaultyStorage {
  const unavailable = (words: string): LouverError => new LouverError('E_STORAGE_UNAVAILABLE', words);
  const board = new FaultBoard<StorageOperation>(RULES, unavailable, options.clock);
  const rejections = new Set<RejectRows>();

  function reject({ op, table = '', rows = [] }: StorageCall): void {
    if (op !== 'write') return;
    for (const rejection of rejections) {
      if (rejection.table !== undefined && rejection.table !== table) continue;
      const refused = rows.findIndex((row) => rejection.rows(row, table));
      if (refused === -1) continue;
      const words = `injected: row ${refused} of ${rows.length} is refused by ${table}`;
      throw new LouverError('E_STORAGE_REJECTED', words);
    }
  }

  const wrapped = wrappedStorage(storage, (call, work) =>
    board.run(call, async () => {
      reject(call);
      return work();
    }),
  );
  return {
    ...wrapped,
    fail(fault) {
      checkFault(fault, RULES);
      if (fault.how !== 'reject') return board.fail(fault);
      rejections.add(fault);
      return () => void rejections.delete(fault);
    },
    mend() {
      rejections.clear();
      board.mend();
    },
    calls: (op, table) => board.calls(op, table),
  };
}
