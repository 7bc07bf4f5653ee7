import { open } from 'node:fs/promises';

/** Makes the names that were made, moved and removed in a folder durable: they survive a power failure. Rejects as the file system does. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder, and needs no sync of it.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
