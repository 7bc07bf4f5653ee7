import { chmod, mkdir, open, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { acquireLockFile, LouverError, makeFolder, syncFolder, withoutCode, type LockFile } from '@louver/core';
import { copyDurably, sha256Of } from './copy-file.js';
import { fingerprint, treeOf, type TreeEntry } from './file-tree.js';
import { MANIFEST_FILE, newManifest, type BackupManifest, type ManifestEntry } from './manifest.js';
import type { BackupPart } from './parts.js';

export interface BackupOrder {
  readonly parts: readonly BackupPart[];
  /** A folder that is not there yet. */
  readonly to: string;
  readonly about: Omit<BackupManifest, 'format' | 'parts'>;
  readonly signal: AbortSignal;
  /** Told after every file. */
  readonly progress: (copiedBytes: number, allBytes: number) => void;
}

export interface BackupSummary {
  readonly files: number;
  readonly bytes: number;
  readonly parts: readonly BackupPart['name'][];
}

/**
 * Copies what a server that does not run keeps on disk into a new folder, with a hash of every file. The folder is there whole or not at all. Rejects
 * with `E_CONFIG` when it exists, with `E_JOURNAL_LOCKED` or `E_STORAGE_LOCKED` while a server runs.
 */
export async function takeBackup(order: BackupOrder): Promise<BackupSummary> {
  const { parts, about, signal } = order;
  const to = resolve(order.to);
  const unfinished = `${to}.part`;
  await refuseTaken(to, parts);
  const data = parts.find(({ name }) => name === 'data');
  const locks = data === undefined ? [] : await lockAll(data.folder);
  try {
    const found: { part: BackupPart; tree: readonly TreeEntry[] }[] = [];
    for (const part of parts) found.push({ part, tree: await treeOf(part) });
    const there = found.filter(({ tree }) => tree.length > 0);
    if (!there.some(({ part }) => part.name !== 'configuration')) {
      const places = parts.filter(({ name }) => name !== 'configuration').map(({ folder }) => folder);
      const words = `there is nothing to back up in ${places.join(', ') || 'this configuration'}`;
      throw new LouverError('E_CONFIG', `${words}: run this where the server runs, with its --config or --data-dir`);
    }
    await makeFolder(dirname(to));
    // Fails when somebody else is at it.
    await mkdir(unfinished, { mode: 0o700 });
    try {
      const files = there.flatMap(({ tree }) => tree.filter((entry) => entry.kind === 'file'));
      const bytes = files.reduce((sum, { size }) => sum + size, 0);
      let copied = 0;
      const manifest: BackupManifest['parts'] = [];
      for (const { part, tree } of there) {
        const entries = await copyTree(part.folder, join(unfinished, part.name), tree, signal, (size) => {
          order.progress((copied += size), bytes);
        });
        manifest.push({ name: part.name, from: part.folder, entries });
      }
      // The locks do not reach into another container.
      for (const { part, tree } of there) {
        if (fingerprint(await treeOf(part)) === fingerprint(tree)) continue;
        const words = `${part.folder} was written to while it was copied, so the copy is worth nothing`;
        throw new LouverError('E_STORAGE_LOCKED', `${words}: stop the server that uses it, then try again`);
      }
      await writeManifest(unfinished, newManifest({ ...about, parts: manifest }));
      await rename(unfinished, to);
      await syncFolder(dirname(to));
      return { files: files.length, bytes, parts: there.map(({ part }) => part.name) };
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw error;
    }
  } catch (cause) {
    if (LouverError.is(cause) || signal.aborted) throw cause;
    throw new LouverError('E_CONFIG', `${to} cannot be written: ${(cause as Error).message}`, { cause });
  } finally {
    for (const lock of locks) await lock.release();
  }
}

async function refuseTaken(to: string, parts: readonly BackupPart[]): Promise<void> {
  for (const path of [to, `${to}.part`]) {
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (isThere) throw new LouverError('E_CONFIG', `${path} exists already, expected the name of a new folder`);
  }
  for (const { folder, only } of parts) {
    const way = relative(folder, to);
    if (only === undefined && way.split(/[/\\]/)[0] !== '..' && resolve(way) !== way) {
      throw new LouverError('E_CONFIG', `${to} is inside ${folder}, which is to be copied: give a folder elsewhere`);
    }
  }
}

/** So that no server starts meanwhile. */
async function lockAll(data: string): Promise<readonly LockFile[]> {
  const locks: LockFile[] = [];
  try {
    for (const [folder, name, code] of [
      ['journal', 'lock', 'E_JOURNAL_LOCKED'],
      ['clickhouse', 'louver.lock', 'E_STORAGE_LOCKED'],
    ] as const) {
      const isThere = await stat(join(data, folder)).then(
        () => true,
        () => false,
      );
      if (isThere) locks.push(await acquireLockFile(join(data, folder, name), { code }));
    }
  } catch (error) {
    for (const lock of locks) await lock.release();
    const { code } = error as LouverError;
    if (code !== 'E_JOURNAL_LOCKED' && code !== 'E_STORAGE_LOCKED') throw error;
    const words = `a copy of files that a server writes to is no backup: stop it first, and start it afterwards; its devices keep what they cannot deliver`;
    throw new LouverError(code, `${withoutCode((error as Error).message)} Here: ${words}`, { cause: error });
  }
  return locks;
}

async function copyTree(
  from: string,
  to: string,
  tree: readonly TreeEntry[],
  signal: AbortSignal,
  copied: (size: number) => void,
): Promise<ManifestEntry[]> {
  const entries: ManifestEntry[] = [];
  await mkdir(to, { mode: 0o700 });
  for (const entry of tree) {
    signal.throwIfAborted();
    const target = join(to, entry.path);
    if (entry.kind === 'file') {
      const { kind, path, mode, size } = entry;
      await copyDurably(join(from, path), target, mode);
      // Of the copy: what is there is what counts.
      entries.push({ kind, path, mode, size, sha256: await sha256Of(target) });
      copied(size);
    } else {
      if (entry.kind === 'folder') await mkdir(target, { mode: 0o700 });
      else await symlink(entry.target, target);
      entries.push(entry);
    }
  }
  await settleFolders(to, tree);
  return entries;
}

/** Rights, deepest first since they may forbid going on, and names on disk. */
export async function settleFolders(
  root: string,
  tree: readonly { readonly kind: string; readonly path: string; readonly mode?: number }[],
): Promise<void> {
  for (const { kind, path, mode = 0o700 } of tree.toReversed()) {
    if (kind !== 'folder') continue;
    await syncFolder(join(root, path));
    await chmod(join(root, path), mode);
  }
  await syncFolder(root);
}

async function writeManifest(folder: string, manifest: BackupManifest): Promise<void> {
  const file = await open(join(folder, MANIFEST_FILE), 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(manifest, undefined, 1)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(folder);
}
