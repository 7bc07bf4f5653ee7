import { createHash, randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder, type EpochMs } from '@louver/core';
import type { ApiContext } from './api-types.js';
import { problem } from './problem-document.js';

/** A model that has come whole and lies in its folder. */
export interface UploadedModel {
  readonly path: string;
  /** There was a file of that name, which is one of the same bytes. */
  readonly wasThere: boolean;
}

export interface ModelUploadOptions {
  /** The models' folder. */
  readonly folder: string;
  /** What the file's name begins with. */
  readonly name: string;
  readonly maxBytes: number;
}

/** The name of a file that is still coming. */
const UNFINISHED = /^\.[0-9a-f]{12}\.upload$/;
/** A request is cut off after a minute: nobody writes to a file that was not written to for longer. */
const ABANDONED_MS = 120_000;

/** What has come of the body so far is of no use: the connection neither. */
const CLOSE = { headers: { connection: 'close' } } as const;

/**
 * Writes the body of a request to `<name>-<first 8 hex digits of its SHA-256>.onnx`, mode 0600, or gives the answer that refuses it. Under
 * another name until it is whole and synced: neither a look into the folder nor a start after a power failure finds half of it, and one that was
 * answered is found.
 */
export async function receiveModel(c: ApiContext, options: ModelUploadOptions): Promise<UploadedModel | Response> {
  const { folder, name, maxBytes } = options;
  const type = c.req.header('content-type') ?? 'nothing';
  if (!/^application\/octet-stream *(;|$)/i.test(type)) {
    const detail = `Content-Type is ${type.slice(0, 80)}, expected application/octet-stream and the bytes of an ONNX file`;
    return problem(c, 'unsupported-media-type', detail, CLOSE);
  }
  if (Number(c.req.header('content-length') ?? 0) > maxBytes) return tooLarge(c, maxBytes);
  const temporary = join(folder, `.${randomBytes(6).toString('hex')}.upload`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    let sha256: string | Response;
    try {
      sha256 = await writeBody(c, file, maxBytes);
      if (sha256 instanceof Response) return sha256;
      await file.sync();
    } finally {
      await file.close();
    }
    const path = join(folder, `${name}-${sha256.slice(0, 8)}.onnx`);
    const wasThere = await isThere(path);
    await rename(temporary, path);
    try {
      await syncFolder(folder);
    } catch (error) {
      // It would be found and tried although the answer says that it is not stored.
      if (!wasThere) await rm(path, { force: true });
      throw error;
    }
    return { path, wasThere };
  } catch (error) {
    const { code = 'failed' } = error as NodeJS.ErrnoException;
    const detail = `the model cannot be written to its folder (${code}): see that the server may write to model.path, and that the disk has room`;
    return problem(c, 'model-not-stored', detail, CLOSE);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Removes what processes that were killed while a model came have left in its folder. What another process may still be writing stays. Never
 * rejects: a start does not depend on it.
 */
export async function removeAbandoned(folder: string, nowMs: EpochMs): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => UNFINISHED.test(each))) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (nowMs - mtimeMs > ABANDONED_MS) await rm(path, { force: true }).catch(() => undefined);
  }
}

export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Gives the hash of what was written. Rejects when the file cannot be written. */
async function writeBody(c: ApiContext, file: FileHandle, maxBytes: number): Promise<string | Response> {
  const hash = createHash('sha256');
  const reader = c.req.raw.body?.getReader();
  let length = 0;
  for (;;) {
    const part = await reader?.read().catch(() => 'gone' as const);
    if (part === 'gone') return problem(c, 'body-incomplete', 'the body ended before all of it had come', CLOSE);
    if (part === undefined || part.done) return hash.digest('hex');
    length += part.value.length;
    if (length > maxBytes) return tooLarge(c, maxBytes);
    hash.update(part.value);
    await file.writeFile(part.value);
  }
}

function tooLarge(c: ApiContext, maxBytes: number): Response {
  const detail = `the model is larger than ${maxBytes} bytes: raise limits.model_bytes and restart, or copy the file into the folder`;
  return problem(c, 'body-too-large', detail, CLOSE);
}
