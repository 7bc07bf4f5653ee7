import { mkdir, readdir, rename, rm, rmdir, stat, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { LouverError, makeFolder, syncFolder } from '@louver/core';
import { copyDurably, sha256Of } from './copy-file.js';
import { readManifest, type BackupManifest, type ManifestEntry } from './manifest.js';
import type { BackupPart } from './parts.js';
import { settleFolders } from './take-backup.js';

export interface RestoreOrder {
  readonly from: string;
  /** Where the configuration now has each part. */
  readonly parts: readonly BackupPart[];
  readonly signal: AbortSignal;
  /** Told after every file, first while they are checked, then while they are copied. */
  readonly progress: (what: 'checked' | 'copied', bytes: number, allBytes: number) => void;
}

export interface RestoreSummary {
  readonly manifest: BackupManifest;
  readonly files: number;
  readonly bytes: number;
  /** Folders that were made, and files in folders that were there. */
  readonly restored: readonly string[];
}

interface Placement {
  readonly entries: readonly ManifestEntry[];
  readonly source: string;
  readonly target: BackupPart;
  /** A name beside the target, for what is not whole yet. */
  readonly unfinished: string;
}

const DAMAGE_SHOWN = 5;

/**
 * Puts a backup where a configuration has its places, after every file was found to be as it was copied. Nothing is replaced: rejects with `E_CONFIG`
 * when there is something already, and leaves nothing behind when it fails.
 */
export async function restoreBackup(order: RestoreOrder): Promise<RestoreSummary> {
  const from = resolve(order.from);
  const manifest = await readManifest(from);
  const placements = manifest.parts
    .filter(({ name }) => name !== 'configuration')
    .map((part) => placementOf(part, from, order.parts));
  for (const placement of placements) await refuseOccupied(placement);
  const files = manifest.parts.flatMap(({ name, entries }) =>
    entries.flatMap((entry) => (entry.kind === 'file' ? [{ file: join(from, name, entry.path), ...entry }] : [])),
  );
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  await refuseDamaged(from, files, (checked) => order.progress('checked', checked, bytes), order.signal);

  const placed: string[] = [];
  let copied = 0;
  try {
    for (const placement of placements) {
      await copyOut(placement, order.signal, (size) => order.progress('copied', (copied += size), bytes));
    }
    for (const placement of placements) await place(placement, placed);
  } catch (cause) {
    for (const path of placed) await rm(path, { recursive: true, force: true });
    if (LouverError.is(cause) || order.signal.aborted) throw cause;
    const words = `${from} cannot be restored: ${(cause as Error).message}; nothing was changed`;
    throw new LouverError('E_CONFIG', words, { cause });
  } finally {
    for (const { unfinished } of placements) await rm(unfinished, { recursive: true, force: true });
  }
  return { manifest, files: files.length, bytes, restored: placed };
}

function placementOf(
  { name, from, entries }: BackupManifest['parts'][number],
  backup: string,
  parts: readonly BackupPart[],
): Placement {
  const target = parts.find((part) => part.name === name);
  if (target === undefined || (target.only !== undefined && entries.some(({ path }) => !target.only!.includes(path)))) {
    const words = `the backup has ${name} that lay in ${from}, and this configuration has no such place`;
    const remedy = `begin with the louver.yaml in ${join(backup, 'configuration')}`;
    throw new LouverError('E_CONFIG', `${words}: ${remedy}`);
  }
  const unfinished = target.only === undefined ? `${target.folder}.part` : join(target.folder, `.${name}.part`);
  return { entries, source: join(backup, name), target, unfinished };
}

async function refuseOccupied({ target, entries, unfinished }: Placement): Promise<void> {
  const occupied =
    target.only === undefined
      ? (await readdir(target.folder).catch(unlessMissing))?.length
        ? target.folder
        : undefined
      : await firstThere(entries.map(({ path }) => join(target.folder, path)));
  const taken = occupied ?? (await firstThere([unfinished]));
  if (taken === undefined) return;
  const remedy = 'nothing is replaced: stop the server, move it away, and restore again';
  throw new LouverError('E_CONFIG', `${taken} is there already: ${remedy}`);
}

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if ((await stat(path).catch(unlessMissing)) !== undefined) return path;
  return undefined;
}

async function refuseDamaged(
  from: string,
  files: readonly { readonly file: string; readonly size: number; readonly sha256: string }[],
  checked: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const damaged: string[] = [];
  let bytes = 0;
  for (const { file, size, sha256 } of files) {
    signal.throwIfAborted();
    const found = await stat(file).catch(unlessMissing);
    if (found === undefined) damaged.push(`${file} is missing`);
    else if (found.size !== size) damaged.push(`${file} has ${found.size} bytes, expected ${size}`);
    else if ((await sha256Of(file)) !== sha256) damaged.push(`${file} has another content than was copied`);
    checked((bytes += size));
  }
  if (damaged.length === 0) return;
  const more = damaged.length > DAMAGE_SHOWN ? `; and ${damaged.length - DAMAGE_SHOWN} more` : '';
  const words = `${from} is damaged, nothing was restored: ${damaged.slice(0, DAMAGE_SHOWN).join('; ')}${more}`;
  throw new LouverError('E_CONFIG', `${words}. Take another backup`);
}

async function copyOut(
  { entries, source, target, unfinished }: Placement,
  signal: AbortSignal,
  copied: (size: number) => void,
): Promise<void> {
  await makeFolder(target.only === undefined ? dirname(target.folder) : target.folder);
  await mkdir(unfinished, { mode: 0o700 });
  for (const entry of entries) {
    signal.throwIfAborted();
    const to = join(unfinished, entry.path);
    if (entry.kind === 'folder') await mkdir(to, { mode: 0o700 });
    else if (entry.kind === 'link') await symlink(entry.target, to);
    else {
      await copyDurably(join(source, entry.path), to, entry.mode);
      copied(entry.size);
    }
  }
  await settleFolders(unfinished, entries);
}

async function place({ entries, target, unfinished }: Placement, placed: string[]): Promise<void> {
  if (target.only === undefined) {
    // Empty, or it would have been refused; one that is mounted stays.
    await rmdir(target.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return;
      const words = `the empty folder ${target.folder} cannot be replaced (${error.message})`;
      throw new LouverError('E_CONFIG', `${words}: name a folder inside it, e.g. data_dir: ${target.folder}/data`);
    });
    await rename(unfinished, target.folder);
    placed.push(target.folder);
    await syncFolder(dirname(target.folder));
    return;
  }
  for (const { path } of entries) {
    await rename(join(unfinished, path), join(target.folder, path));
    placed.push(join(target.folder, path));
  }
  await syncFolder(target.folder);
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
