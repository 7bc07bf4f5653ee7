import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { LouverError } from '@louver/core';
import { z } from 'zod';
import { PART_NAMES } from './parts.js';

export const MANIFEST_FILE = 'backup.json';

/** Raised with every change of what a backup holds. */
const FORMAT = 1;

/** No way out of the folder, whoever wrote the file. */
const path = z
  .string()
  .refine((found) => found.split('/').every((name) => name !== '' && name !== '.' && name !== '..'), {
    error: 'is no path inside a folder',
  });
const mode = z.int().min(0).max(0o777);

const entry = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('folder'), path, mode }),
  z
    .strictObject({ kind: z.literal('link'), path, target: z.string() })
    .refine(({ path, target }) => staysInside(path, target), { error: 'leads out of the folder', path: ['target'] }),
  z.strictObject({
    kind: z.literal('file'),
    path,
    mode,
    size: z.int().min(0),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
]);

function staysInside(path: string, target: string): boolean {
  const way = posix.join(posix.dirname(path), target);
  return !posix.isAbsolute(target) && way !== '..' && !way.startsWith('../');
}

/** Every name lies in folders that come before it: below a link, or beside the folder that it was made for, nothing is written. */
const entries = z.array(entry).superRefine((all, context) => {
  const folders = new Set(['.']);
  for (const [i, { kind, path }] of all.entries()) {
    if (!folders.has(posix.dirname(path))) {
      context.addIssue({ code: 'custom', path: [i, 'path'], message: 'lies in no folder that comes before it' });
    }
    if (kind === 'folder') folders.add(path);
  }
});

const manifest = z.strictObject({
  format: z.literal(FORMAT),
  /** Of Louver that made it. */
  version: z.string(),
  createdAt: z.iso.datetime(),
  /** Where the rows are: `embedded`, then they are in the backup, or the URL of a server, which has backups of its own. */
  clickhouse: z.string(),
  parts: z.array(z.strictObject({ name: z.enum(PART_NAMES), from: z.string(), entries })),
});

export type BackupManifest = z.output<typeof manifest>;
export type ManifestEntry = z.output<typeof entry>;

export function newManifest(members: Omit<BackupManifest, 'format'>): BackupManifest {
  return { format: FORMAT, ...members };
}

/** What a folder says of itself. Rejects with `E_CONFIG` when it is no backup, or one of another format. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const refuse = (words: string, cause?: unknown): never => {
    throw new LouverError('E_CONFIG', `${folder} cannot be restored: ${words}`, { cause });
  };
  let content: unknown;
  try {
    content = JSON.parse(await readFile(join(folder, MANIFEST_FILE), 'utf8'));
  } catch (error) {
    const { message } = error as Error;
    return refuse(`expected a folder that \`louver backup\` made, with a ${MANIFEST_FILE}: ${message}`, error);
  }
  const format = (content as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > FORMAT) {
    return refuse(`it has format ${format}, this version of Louver reads ${FORMAT}: restore it with a newer one`);
  }
  const checked = manifest.safeParse(content);
  if (checked.success) return checked.data;
  const { path: at, message } = checked.error.issues[0]!;
  return refuse(`its ${MANIFEST_FILE} was changed: ${at.map(String).join('.') || 'content'}: ${message}`);
}
