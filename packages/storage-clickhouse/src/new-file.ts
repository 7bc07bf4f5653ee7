import { link, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LouverError, syncFolder } from '@louver/core';

const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

/**
 * A file that is there whole or not at all: `write` fills one beside it, which gets its name at the end and is removed when that fails. Rejects with
 * `E_CONFIG` when the file exists or its folder cannot be written.
 */
export async function intoNewFile(file: string, write: (part: string) => Promise<void>): Promise<void> {
  const whole = resolve(file);
  const part = `${whole}.part`;
  await refuseUnwritable(whole, part);
  try {
    await write(part);
    const written = await open(part, 'r+');
    try {
      await written.chmod(0o600);
      await written.sync();
    } finally {
      await written.close();
    }
    // Unlike a rename this never takes the place of a file that somebody made meanwhile.
    await link(part, whole).catch((error: NodeJS.ErrnoException) => {
      // The file systems of memory cards know no links.
      if (!NO_LINKS.has(error.code ?? '')) throw error;
      return rename(part, whole);
    });
    await syncFolder(dirname(whole));
  } catch (error) {
    if (LouverError.is(error)) throw error;
    throw new LouverError('E_CONFIG', `${whole} cannot be written: ${(error as Error).message}`, { cause: error });
  } finally {
    await rm(part, { force: true });
  }
}

/** Said before the database works for it. */
async function refuseUnwritable(whole: string, part: string): Promise<void> {
  for (const path of [whole, part]) {
    try {
      await (await open(path, 'wx')).close();
      await rm(path);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      const words =
        code === 'EEXIST' ? `${path} exists already, expected a new file` : `${path} cannot be written: ${message}`;
      throw new LouverError('E_CONFIG', words, { cause });
    }
  }
}
