import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LouverError } from '@louver/core';

/** Makes the folder and those above it, for this user only. Rejects with `E_CONFIG`, in one line, when it cannot be. */
export async function makeDataDirectory(path: string): Promise<void> {
  try {
    await makeFolder(resolve(path));
  } catch (error) {
    const reason = (error as Error).message;
    throw new LouverError('E_CONFIG', `data directory ${path} cannot be used (--data-dir): ${reason}`, {
      cause: error,
    });
  }
}

/** Level by level: `mkdir` with `recursive` never returns where nothing can be made, e.g. under `/proc`. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !(await exists(dirname(path)))) {
      await makeFolder(dirname(path));
      await mkdir(path, { mode: 0o700 });
    } else if (code !== 'EEXIST' || !(await stat(path)).isDirectory()) {
      throw error;
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
