import { storageConformance } from '@louver/core/testkit';
import { afterAll, describe, test } from 'vitest';
import { postgresStorage } from '../src/postgres-storage.js';
import { onPostgres, skipWithoutPostgres, startPostgres } from './support/postgres-process.js';

const server = skipWithoutPostgres ? undefined : await startPostgres();
afterAll(() => server?.remove());
const { url, password } = server ?? { url: 'postgres://localhost/none', password: '' };
const storage = (place: string) => postgresStorage({ url, password, schema: place });

describe.skipIf(skipWithoutPostgres)(`what a storage adapter has to do, on ${onPostgres}`, () => {
  for (const { name, run } of storageConformance({ storage, afterCrash: storage })) test(name, run);
});
