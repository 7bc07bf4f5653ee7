import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LouverError } from '@louver/core';
import { z } from 'zod';
import { NAME_PATTERN, ROLES, type Role } from '../broker/access-list.js';
import { makeDataDirectory } from '../data-directory.js';

export interface StoredUser {
  readonly name: string;
  readonly role: Role;
  /** As `hashPassword` makes it. */
  readonly password: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

const fileSchema = z.strictObject({
  version: z.literal(1),
  users: z.array(
    z.strictObject({
      name: z.string().regex(NAME_PATTERN),
      role: z.enum(ROLES as [Role, ...Role[]]),
      password: z.string().startsWith('scrypt$'),
      created_at: z.string(),
    }),
  ),
});

export function userFilePath(dataDir: string): string {
  return join(dataDir, 'users.json');
}

/** The users in a file; none when there is no file. Rejects with `E_CONFIG` when it cannot be read or is not one of ours. */
export async function readUserFile(path: string): Promise<readonly StoredUser[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw new LouverError('E_CONFIG', `users in ${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    const { users } = fileSchema.parse(JSON.parse(text));
    return users.map(({ created_at, ...user }) => ({ ...user, createdAt: created_at }));
  } catch (error) {
    throw new LouverError(
      'E_CONFIG',
      `users in ${path}: this is not a users file of this version. Restore it, or remove it and add the users again`,
      { cause: error },
    );
  }
}

/** Replaces the file: mode 0600, complete or not at all. */
export async function writeUserFile(path: string, users: readonly StoredUser[]): Promise<void> {
  const sorted = [...users].sort((a, b) => (a.name < b.name ? -1 : 1));
  const content = {
    version: 1,
    users: sorted.map(({ name, role, password, createdAt }) => ({ name, role, password, created_at: createdAt })),
  };
  await makeDataDirectory(dirname(path));
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new LouverError('E_CONFIG', `users cannot be written to ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Changes whenever the file does; `undefined` without one. */
export async function userFileVersion(path: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return undefined;
  }
}
