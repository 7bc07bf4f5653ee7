import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { storageConformance } from '@louver/core/testkit';
import { afterAll, test } from 'vitest';
import { FileStorage } from '../src/file-storage.js';

const folder = await mkdtemp(join(tmpdir(), 'custom-storage-'));
afterAll(() => rm(folder, { recursive: true }));
const storage = (place: string): FileStorage => new FileStorage(join(folder, place), { maxFileBytes: 64 * 1024 });
const afterCrash = async (place: string): Promise<FileStorage> => {
  const copy = join(folder, `${place}-after-crash`);
  await cp(join(folder, place), copy, { recursive: true, filter: (path) => !basename(path).startsWith('lock') });
  return new FileStorage(copy);
};
for (const { name, run } of storageConformance({ storage, afterCrash })) test(name, run, 60_000);
