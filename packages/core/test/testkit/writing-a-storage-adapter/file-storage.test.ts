import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storageConformance } from '@louver/core/testkit';
import { afterAll, test } from 'vitest';
import { ReadableFileStorage } from './file-storage.js';

const folder = await mkdtemp(join(tmpdir(), 'file-storage-'));
afterAll(() => rm(folder, { recursive: true }));
const storage = (place: string) => new ReadableFileStorage(join(folder, place));
for (const { name, run } of storageConformance({ storage, afterCrash: storage })) test(name, run, 60_000);
