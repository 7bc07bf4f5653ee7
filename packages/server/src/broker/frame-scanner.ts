const PINGREQ = 0xc0;

export interface FrameSink {
  /** Bytes to hand on, as they came. */
  pass(bytes: Buffer): void;
  /** A PINGREQ, taken out of the stream. */
  ping(): void;
}

export interface FrameScanner {
  /** Largest remaining length that is let through, in bytes. May be changed between chunks. */
  limitBytes: number;
  /** Walks over one chunk. Returns what is wrong, in words, when the connection has to end. */
  scan(chunk: Buffer, sink: FrameSink): string | undefined;
}

/**
 * Follows the packet borders of an MQTT byte stream [MQTT-2.2.3] without buffering packets: reads fixed headers, skips the rest.
 * What it is for: refusing an oversized packet at its header, before its bytes are gathered, and seeing PINGREQ while
 * everything else waits.
 */
export function frameScanner(limitBytes: number): FrameScanner {
  let toSkip = 0;
  /** First byte of a header whose length is not complete, else -1. */
  let header = -1;
  let length = 0;
  let lengthBytes = 0;

  return {
    limitBytes,
    scan(chunk, sink) {
      let passFrom = 0;
      let at = 0;
      while (at < chunk.length) {
        if (toSkip > 0) {
          const skipped = Math.min(toSkip, chunk.length - at);
          toSkip -= skipped;
          at += skipped;
          continue;
        }
        const byte = chunk[at]!;
        if (header === -1) {
          // A PINGREQ header is kept back at once: its second byte may come in the next chunk.
          if (byte === PINGREQ) {
            if (at > passFrom) sink.pass(chunk.subarray(passFrom, at));
            passFrom = at + 1;
          }
          header = byte;
          length = 0;
          lengthBytes = 0;
          at++;
          continue;
        }
        at++;
        length += (byte & 0x7f) * 128 ** lengthBytes++;
        if (header === PINGREQ) {
          if (byte !== 0) return 'PINGREQ with a payload';
          sink.ping();
          passFrom = at;
          header = -1;
          continue;
        }
        if (byte & 0x80) {
          // Four bytes at the most [MQTT-2.2.3].
          if (lengthBytes === 4) return 'malformed remaining length';
          continue;
        }
        if (length > this.limitBytes) return `packet of ${length} bytes, at most ${this.limitBytes} are accepted`;
        toSkip = length;
        header = -1;
      }
      if (chunk.length > passFrom) sink.pass(passFrom === 0 ? chunk : chunk.subarray(passFrom));
      return undefined;
    },
  };
}
