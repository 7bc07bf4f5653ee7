import { open } from 'node:fs/promises';

/** A line without its end, and where in the file it lies. */
export interface Line {
  readonly text: Buffer;
  readonly offset: number;
}

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/**
 * The whole lines of the first `bytes` of a file, as many at a time as a piece of the file holds. What follows the last end of line is left out.
 * Not `node:readline`: it ends lines at U+2028 too, which JSON leaves in a text as it is.
 */
export async function* linesIn(path: string, bytes: number): AsyncGenerator<readonly Line[]> {
  const file = await open(path, 'r');
  try {
    let begun: Buffer[] = [];
    let lineOffset = 0;
    for (let position = 0; position < bytes;) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, bytes - position));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) return;
      const lines: Line[] = [];
      let from = 0;
      for (let end; (end = chunk.subarray(0, bytesRead).indexOf(NEWLINE, from)) !== -1; from = end + 1) {
        const rest = chunk.subarray(from, end);
        const text = begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
        lines.push({ text, offset: lineOffset });
        begun = [];
        lineOffset = position + end + 1;
      }
      if (from < bytesRead) begun.push(chunk.subarray(from, bytesRead));
      position += bytesRead;
      if (lines.length > 0) yield lines;
    }
  } finally {
    await file.close();
  }
}
