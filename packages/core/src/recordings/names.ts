import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

const SHA256 = /^[0-9a-f]{64}$/;
const FOLDER = /^[0-9a-f]{2}$/;
const UNFINISHED = /^\.[0-9a-f]{12}\.part$/;
const EXTENSION = '.wav';

/** Whether a text is a SHA-256 in lower-case hex: nothing else becomes part of a path. */
export function isSha256(text: unknown): text is string {
  return typeof text === 'string' && SHA256.test(text);
}

/** In 256 folders by the first two digits: one with a million names is slow to list, on some disks to write to. */
export function folderOf(directory: string, sha256: string): string {
  return join(directory, sha256.slice(0, 2));
}

export function pathOf(directory: string, sha256: string): string {
  return join(folderOf(directory, sha256), `${sha256}${EXTENSION}`);
}

/** For a file that is not whole yet; in the folder that it is for, so that moving it is one step. */
export function unfinishedPath(folder: string): string {
  return join(folder, `.${randomBytes(6).toString('hex')}.part`);
}

export function isFolderName(name: string): boolean {
  return FOLDER.test(name);
}

export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}

/** The hash that a file in one of the folders is named by; `undefined`: it is none of ours. */
export function hashOf(name: string, folderName: string): string | undefined {
  const hash = name.slice(0, -EXTENSION.length);
  return name.endsWith(EXTENSION) && isSha256(hash) && hash.startsWith(folderName) ? hash : undefined;
}
