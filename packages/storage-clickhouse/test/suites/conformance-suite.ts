import { storageConformance } from '@louver/core/testkit';
import { afterAll, describe, test } from 'vitest';
import type { StartHarness } from '../support/harness.js';
import { tempFolder } from '../support/temp-folder.js';

/**
 * The cases of `@louver/core/testkit`, each in a database of its own in one engine.
 * @param options.isServer two adapters may be open over one database at once, which a folder forbids: after a crash is beside the open one.
 * @param options.about only cases whose names begin so. Default: all.
 */
export async function conformanceSuite(
  start: StartHarness,
  { isServer, about = /^/ }: { readonly isServer: boolean; readonly about?: RegExp },
): Promise<void> {
  const folder = tempFolder();
  const harness = await start(folder);
  afterAll(() => harness.close());

  describe('conformance', () => {
    const storage = (database: string) => harness.storage(database);
    const cases = storageConformance({
      storage,
      remove: async (database) => void (await harness.sql(`DROP DATABASE IF EXISTS ${database}`)),
      ...(isServer && { afterCrash: storage }),
    });
    for (const { name, run } of cases.filter((each) => about.test(each.name))) test(name, run);
  });
}
