import type { Stats } from 'node:fs';
import { lstat, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { LouverError } from '@louver/core';
import type { BackupPart } from './parts.js';

/** One name in a folder. Paths are relative to the folder, with `/`. */
export type TreeEntry =
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode: number;
      readonly size: number;
      readonly mtimeMs: number;
    };

/** Who has the folder now, and what is half written: nothing that anybody else could use. */
const PASSING = [
  /^journal\/lock\./,
  /^clickhouse\/(louver\.lock\.|status$)/,
  /^broker\/LOCK$/,
  // A recording: core/src/recordings/names.ts.
  /(^|\/)\.[0-9a-f]{12}\.part$/,
] as const;

/** Everything in a part, folders before what is in them; nothing when it is not there. */
export async function treeOf({ folder, only }: Pick<BackupPart, 'folder' | 'only'>): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const root = await realpath(folder).catch(unlessMissing);
  if (root === undefined) return entries;
  /** What a link out of the part leads to, another disk say, belongs to it; one that stays inside stays a link. */
  const lookAlong = async (path: string): Promise<void> => {
    const place = join(root, path);
    const target = resolve(await realpath(dirname(place)), await readlink(place));
    if (isInside(target, root)) refuseLink(place, target, 'holds the folder itself: remove the link');
    if (only === undefined && isInside(root, target))
      entries.push({ kind: 'link', path, target: relative(dirname(place), target) });
    else
      await look(
        path,
        await stat(place).catch(() => refuseLink(place, target, 'is not there: mount it, or remove the link')),
      );
  };
  const look = async (path: string, seen?: Stats): Promise<void> => {
    const found = seen ?? (await lstat(join(root, path)).catch(unlessMissing));
    if (found === undefined || PASSING.some((each) => each.test(path))) return;
    const mode = found.mode & 0o777;
    if (found.isSymbolicLink()) return lookAlong(path);
    if (found.isFile()) entries.push({ kind: 'file', path, mode, size: found.size, mtimeMs: found.mtimeMs });
    else if (found.isDirectory()) {
      entries.push({ kind: 'folder', path, mode });
      await below(path);
    }
  };
  const below = async (path: string): Promise<void> => {
    const names = (await readdir(join(root, path)).catch(unlessMissing)) ?? [];
    for (const name of names.toSorted()) await look(path === '' ? name : `${path}/${name}`);
  };
  if (only === undefined) await below('');
  else for (const name of only) await look(name);
  return entries;
}

/** What tells whether somebody wrote between two looks. */
export function fingerprint(entries: readonly TreeEntry[]): string {
  return JSON.stringify(entries);
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}

function refuseLink(link: string, target: string, words: string): never {
  throw new LouverError('E_CONFIG', `${link} is a link to ${target}, which ${words}`);
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
