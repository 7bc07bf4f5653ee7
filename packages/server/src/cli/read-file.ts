import { readFile, stat } from 'node:fs/promises';
import { LouverError } from '@louver/core';
import { placeOfNotFinite } from './not-finite.js';

export interface ReadOptions {
  readonly maxBytes: number;
  /** For messages, e.g. `a WAV file`. */
  readonly expected: string;
  /** What the limit is about, and what to do. */
  readonly tooLarge?: string;
}

/** A file of a command's arguments, whole. Throws `E_CONFIG` when it cannot be read or is too large to be what is expected. */
export async function readWholeFile(file: string, { maxBytes, expected, tooLarge }: ReadOptions): Promise<Buffer> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw new LouverError('E_CONFIG', `${file} is not a file, expected ${expected}`);
    if (found.size > maxBytes) {
      const most = [`expected at most ${maxBytes}`, ...(tooLarge === undefined ? [] : [tooLarge])].join(' ');
      throw new LouverError('E_CONFIG', `${file} has ${found.size} bytes, ${most}`);
    }
    return await readFile(file);
  } catch (cause) {
    if (LouverError.is(cause)) throw cause;
    throw new LouverError('E_CONFIG', `cannot read ${expected}: ${(cause as Error).message}`, { cause });
  }
}

export interface ReadJsonOptions {
  readonly maxBytes: number;
  /** What is to be done about numbers that are not finite, for messages. */
  readonly notFinite: string;
}

/** A file of JSON. Throws `E_CONFIG` as {@link readWholeFile} does, and for what is no JSON. */
export async function readJsonFile(file: string, { maxBytes, notFinite }: ReadJsonOptions): Promise<unknown> {
  const text = (await readWholeFile(file, { maxBytes, expected: 'a JSON file' })).toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const place = placeOfNotFinite(text);
    const why =
      place === undefined ? (cause as Error).message : `found ${place}, and JSON has no such number: ${notFinite}`;
    throw new LouverError('E_CONFIG', `${file} is not JSON: ${why}`, { cause });
  }
}
