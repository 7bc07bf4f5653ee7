import type { StorageAdapter } from '../../storage.js';
import { deadLetterCases } from './dead-letter-cases.js';
import { durabilityCases } from './durability-cases.js';
import { giveUpCases } from './give-up-cases.js';
import { historyCases } from './history-cases.js';
import { latestCases } from './latest-cases.js';
import { lifecycleCases } from './lifecycle-cases.js';
import { lookupCases } from './lookup-cases.js';
import { rangeCases } from './range-cases.js';
import { refusalCases } from './refusal-cases.js';
import { runOnStage, type CaseSpec, type Need } from './stage.js';
import { streamCases } from './stream-cases.js';
import { valueCases } from './value-cases.js';
import { writingCases } from './writing-cases.js';

/** One promise of a contract, held against an implementation: `run` rejects with words when it is broken. */
export interface ConformanceCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

export interface StorageConformanceOptions {
  /**
   * Makes an adapter, not open, over the place of that name; nothing is to happen there before `open`. A name that was given before means the
   * same data: that is a restart. Every case has a name of its own, of 20 characters `a–z`, `0–9` and `_`, fresh in every run: a folder, a
   * database, a schema, a prefix.
   */
  readonly storage: (place: string) => StorageAdapter;
  /** Called at the end of each case, when its adapters are closed. */
  readonly remove?: (place: string) => void | Promise<void>;
  /**
   * Makes an adapter over what a crash would leave of the place now, while the one before is open still: over a copy of its folder, over the same
   * database server. Without it nothing shows that a resolved write is durable before `close`.
   */
  readonly afterCrash?: (place: string) => StorageAdapter | Promise<StorageAdapter>;
}

const CASES: readonly CaseSpec[] = [
  ...lifecycleCases,
  ...writingCases,
  ...valueCases,
  ...refusalCases,
  ...giveUpCases,
  ...durabilityCases,
  ...lookupCases,
  ...latestCases,
  ...rangeCases,
  ...deadLetterCases,
  ...historyCases,
  ...streamCases,
];

/**
 * What every storage adapter has to do, as cases for any test runner: `for (const { name, run } of storageConformance({ storage })) test(name, run)`.
 * What an adapter does not declare (`supports`, `reader`) is not asked of it; what it declares is held against it. The cases are
 * independent of each other; some write 25,000 rows.
 */
export function storageConformance(options: StorageConformanceOptions): readonly ConformanceCase[] {
  const run = crypto.randomUUID().slice(0, 8);
  let count = 0;
  const nextPlace = (): string => `louver_${run}_${String(count++).padStart(4, '0')}`;
  const { supports, present, reader } = options.storage(nextPlace());
  const hasLookup = supports.lookup && present !== undefined;
  const has: Readonly<Record<Need, boolean>> = {
    durable: supports.durable,
    lookup: hasLookup,
    reader: reader !== undefined,
    sight: hasLookup || reader !== undefined,
    crash: supports.durable && options.afterCrash !== undefined,
  };
  return CASES.filter(({ needs = [] }) => needs.every((need) => has[need])).map((spec) => ({
    name: spec.name,
    run: () => runOnStage(spec, nextPlace(), options),
  }));
}
