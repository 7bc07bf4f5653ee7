import { LouverError } from '@louver/core';
import { NAME_PATTERN, type Role } from '../broker/access-list.js';
import { hashPassword } from './password-hash.js';
import { readUserFile, writeUserFile } from './user-file.js';

/** Longest password in bytes: MQTT allows 65,535, and nobody types that. */
const MAX_PASSWORD_BYTES = 1024;
const MIN_PASSWORD_BYTES = 8;

export interface NewUser {
  readonly name: string;
  readonly role: Role;
  readonly password: string;
}

/** Adds a user, or gives an existing one a new role and password. Rejects with `E_CONFIG` for an impossible name or password. */
export async function addUser(
  path: string,
  { name, role, password }: NewUser,
  now: Date,
): Promise<'added' | 'changed'> {
  if (!NAME_PATTERN.test(name)) {
    throw new LouverError('E_CONFIG', `user name ${JSON.stringify(name)}: expected 1 to 64 of A-Z a-z 0-9 _ . : -`);
  }
  const bytes = Buffer.byteLength(password);
  if (bytes < MIN_PASSWORD_BYTES || bytes > MAX_PASSWORD_BYTES) {
    throw new LouverError(
      'E_CONFIG',
      `password of ${bytes} bytes: expected ${MIN_PASSWORD_BYTES} to ${MAX_PASSWORD_BYTES}`,
    );
  }
  const users = await readUserFile(path);
  const others = users.filter((user) => user.name !== name);
  const user = { name, role, password: await hashPassword(password), createdAt: now.toISOString() };
  await writeUserFile(path, [...others, user]);
  return others.length === users.length ? 'added' : 'changed';
}

/** Resolves to how many are left. Rejects with `E_CONFIG` when there is no such user. */
export async function removeUser(path: string, name: string): Promise<number> {
  const users = await readUserFile(path);
  const others = users.filter((user) => user.name !== name);
  if (others.length === users.length) {
    const known = users.map((user) => user.name).join(', ') || 'none';
    throw new LouverError('E_CONFIG', `no user ${JSON.stringify(name)} in ${path}: there are ${known}`);
  }
  await writeUserFile(path, others);
  return others.length;
}
