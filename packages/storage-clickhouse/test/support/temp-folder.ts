import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder of this file or `describe` (call it there, not in a hook): removed after everything that was registered later. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'louver-clickhouse-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
