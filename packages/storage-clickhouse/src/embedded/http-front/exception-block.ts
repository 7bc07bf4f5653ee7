import { randomBytes } from 'node:crypto';

/** 16 lower-case letters, which a client that knows them looks for. */
export function exceptionTag(): string {
  return [...randomBytes(16)].map((byte) => String.fromCharCode(0x61 + (byte % 26))).join('');
}

/**
 * What stands at the end of an answer that failed after it had begun.
 * Source: WriteBufferFromHTTPServerResponse of ClickHouse; https://clickhouse.com/docs/interfaces/http#http_response_codes_caveats
 */
export function exceptionBlock(message: string, tag: string): Buffer {
  // Clients look at the last 16 KiB.
  const words = Buffer.from(message).subarray(0, 8_000);
  const length = words.length + 1;
  return Buffer.concat([
    Buffer.from(`\r\n__exception__\r\n${tag}\r\n`),
    words,
    Buffer.from(`\n${length} ${tag}\r\n__exception__\r\n`),
  ]);
}
