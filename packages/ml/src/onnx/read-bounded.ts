import { readFile, stat } from 'node:fs/promises';

/**
 * Bytes of a model and its weights at most: WebAssembly has 4 GiB, and opening holds the file, the parsed weights and their rearranged
 * copies at once.
 */
export const MAX_MODEL_BYTES = 2 ** 30;

export const NO_SUCH_FILE = 'there is no such file';

/** Reads a file when it and `alreadyRead` bytes stay within the limit; throws an `Error` in words that begin a sentence. */
export async function readBounded(path: string, alreadyRead: number, limit = MAX_MODEL_BYTES): Promise<Uint8Array> {
  try {
    // Asked before opening: reading a pipe or a device may never end.
    const found = await stat(path);
    if (!found.isFile()) throw new Error(found.isDirectory() ? 'it is a folder' : 'it is no regular file');
    const bytes = found.size + alreadyRead;
    if (bytes > limit) {
      const together = alreadyRead > 0 ? ' together with the files before it' : '';
      throw new Error(`it has ${mebibytes(bytes)} MiB${together}, at most ${mebibytes(limit)} MiB fit`);
    }
    return new Uint8Array(await readFile(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(code === 'ENOENT' ? NO_SUCH_FILE : `it cannot be read (${code})`, { cause: error });
  }
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

/** The message of whatever was thrown. */
export const inWords = (error: unknown): string => (error instanceof Error ? error.message : String(error));
