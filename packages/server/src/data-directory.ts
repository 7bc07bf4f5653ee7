import { resolve } from 'node:path';
import { LouverError, makeFolder } from '@louver/core';

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
