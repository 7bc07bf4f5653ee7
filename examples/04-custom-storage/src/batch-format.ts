import { crc32 } from 'node:zlib';
import { linesIn } from './file-lines.js';

/**
 * A batch is its rows, a line each, and a last line that counts them and has their CRC-32: `{"batch":{"rows":2,"crc32":"89abcdef"}}`. A batch whose
 * last line is missing or does not fit was never resolved. No row begins as this line does: the names of its columns are others.
 */
const LAST_LINE = Buffer.from('{"batch":');

/** The bytes of a batch. */
export function encodeBatch(lines: readonly string[]): Buffer {
  const rows = Buffer.from(`${lines.join('\n')}\n`);
  return Buffer.concat([rows, Buffer.from(lastLine(lines.length, crc32(rows))), Buffer.from('\n')]);
}

/** Whether a line ends a batch, and is no row. */
export function endsBatch(line: Buffer): boolean {
  return line.subarray(0, LAST_LINE.length).equals(LAST_LINE);
}

/**
 * Reads all batches of a file and hands their rows on, a batch at a time.
 * @returns `wholeBytes`: where the last whole batch ends. `damagedAt`: where a batch that is not whole begins though whole ones follow, which
 * no crash leaves.
 */
export async function readBatches(
  path: string,
  bytes: number,
  take: (line: Buffer) => void,
): Promise<{ readonly wholeBytes: number; readonly damagedAt?: number }> {
  let wholeBytes = 0;
  let torn = false;
  let rows: Buffer[] = [];
  let sum = 0;
  for await (const lines of linesIn(path, bytes)) {
    for (const { text, offset } of lines) {
      if (!endsBatch(text)) {
        rows.push(text);
        sum = crc32('\n', crc32(text, sum));
        continue;
      }
      if (text.toString() === lastLine(rows.length, sum)) {
        if (torn) return { wholeBytes, damagedAt: wholeBytes };
        rows.forEach(take);
        wholeBytes = offset + text.length + 1;
      } else {
        torn = true;
      }
      rows = [];
      sum = 0;
    }
  }
  return { wholeBytes };
}

function lastLine(rows: number, sum: number): string {
  return JSON.stringify({ batch: { rows, crc32: sum.toString(16).padStart(8, '0') } });
}
