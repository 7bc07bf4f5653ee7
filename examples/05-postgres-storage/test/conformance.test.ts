import { storageConformance } from '@louver/core/testkit';
import { describe, test } from 'vitest';
import { postgresStorage } from '../src/postgres-storage.js';
import { onPostgres, postgresOfFile, skipWithoutPostgres } from './support/postgres-process.js';

const { url, password } = await postgresOfFile();
const storage = (place: string) => postgresStorage({ url, password, schema: place });

describe.skipIf(skipWithoutPostgres)(`what a storage adapter has to do, on ${onPostgres}`, () => {
  for (const { name, run } of storageConformance({ storage, afterCrash: storage })) test(name, run);
});
