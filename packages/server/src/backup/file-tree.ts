import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
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
  /(^|\/)[^/]+\.part$/,
] as const;

/** Everything in a part, folders before what is in them; nothing when it is not there. */
export async function treeOf({ folder, only }: Pick<BackupPart, 'folder' | 'only'>): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const look = async (path: string): Promise<void> => {
    const found = await lstat(join(folder, path)).catch(unlessMissing);
    if (found === undefined || PASSING.some((each) => each.test(path))) return;
    const mode = found.mode & 0o777;
    if (found.isSymbolicLink()) entries.push({ kind: 'link', path, target: await readlink(join(folder, path)) });
    else if (found.isFile()) entries.push({ kind: 'file', path, mode, size: found.size, mtimeMs: found.mtimeMs });
    else if (found.isDirectory()) {
      entries.push({ kind: 'folder', path, mode });
      await below(path);
    }
  };
  const below = async (path: string): Promise<void> => {
    const names = (await readdir(join(folder, path)).catch(unlessMissing)) ?? [];
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

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
