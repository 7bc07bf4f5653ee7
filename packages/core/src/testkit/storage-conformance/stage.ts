import { defaultContext } from '../../component.js';
import type { StorageAdapter } from '../../storage.js';
import type { StorageReader } from '../../storage-reader.js';
import type { StorageConformanceOptions } from './storage-conformance.js';

/** `sight`: `lookup` or `reader`, some way to see what was written. `crash`: `afterCrash` was given to a durable storage. */
export type Need = 'durable' | 'lookup' | 'reader' | 'sight' | 'crash';

export interface CaseSpec {
  readonly name: string;
  readonly needs?: readonly Need[];
  run(stage: Stage): Promise<void>;
}

/** Where a case plays: one place, and adapters over it that are closed at its end. */
export class Stage {
  readonly #made: StorageAdapter[] = [];

  constructor(
    private readonly place: string,
    private readonly options: StorageConformanceOptions,
  ) {}

  /** Not open. */
  closed(): StorageAdapter {
    return this.#keep(this.options.storage(this.place));
  }

  async opened(): Promise<StorageAdapter> {
    const storage = this.closed();
    await storage.open(defaultContext());
    return storage;
  }

  /** Closes the adapters of the place and opens another one: what a restart is. */
  async restarted(): Promise<StorageAdapter> {
    for (const storage of this.#made.splice(0)) await storage.close();
    return this.opened();
  }

  /** What a restart finds when there was no time to close. */
  async crashed(): Promise<StorageAdapter> {
    const storage = this.#keep(await this.options.afterCrash!(this.place));
    await storage.open(defaultContext());
    return storage;
  }

  async end(): Promise<void> {
    const closed = await Promise.allSettled(this.#made.map((storage) => storage.close()));
    await this.options.remove?.(this.place);
    for (const outcome of closed) if (outcome.status === 'rejected') throw outcome.reason;
  }

  #keep(storage: StorageAdapter): StorageAdapter {
    this.#made.push(storage);
    return storage;
  }
}

export async function runOnStage(spec: CaseSpec, place: string, options: StorageConformanceOptions): Promise<void> {
  const stage = new Stage(place, options);
  try {
    await spec.run(stage);
  } catch (error) {
    // What the case has found is the news, not that the end failed too.
    await stage.end().catch(() => undefined);
    throw error;
  }
  await stage.end();
}

/** Of a case that needs one. */
export function readerOf(storage: StorageAdapter): StorageReader {
  return storage.reader!;
}
