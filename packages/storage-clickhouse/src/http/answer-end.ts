import { ConnectionFault, type CopyTarget } from '../connection.js';

/** ClickHouse's words for what went wrong fit into it. */
const KEPT_BYTES = 16 * 1024;
/** How a Parquet file begins and ends (Apache Parquet, "File Format"). */
const PARQUET_MAGIC = 'PAR1';

/**
 * Looks at how an answer ends: a server that fails in the middle of one has said 200 already, and can only add its words, or break off. From 25.11
 * on the words are in a block that is named `__exception__` and tagged; before, they are the last line.
 */
export class AnswerEnd {
  #end: Buffer = Buffer.alloc(0);

  /** @param tag the server's `X-ClickHouse-Exception-Tag`, which is another one for each answer. Absent: it knows of no such block. */
  constructor(private readonly tag: string | undefined) {}

  /** What passes through is left as it is. */
  watch(): (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
    return async function* (this: AnswerEnd, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        this.#end = chunk.length >= KEPT_BYTES ? chunk : Buffer.concat([this.#end, chunk]).subarray(-KEPT_BYTES);
        yield chunk;
      }
    }.bind(this);
  }

  /** Throws a {@link ConnectionFault} for an answer that did not end as it should. */
  check(format: CopyTarget['format']): void {
    const words = this.#end.toString('latin1');
    const tagged = this.tag === undefined ? undefined : blockOf(words, this.tag);
    const untagged = /(?:^|\n)(Code: \d+\. DB::Exception: [^\n]*\(version [^\n]*\))\s*$/.exec(words)?.[1];
    const failure = tagged ?? untagged;
    if (failure !== undefined) {
      const code = /\bCode: (\d+)/.exec(failure)?.[1];
      throw new ConnectionFault(Buffer.from(failure, 'latin1').toString().trim(), {
        kind: 'server',
        ...(code !== undefined && { clickhouseCode: Number(code) }),
      });
    }
    if (format === 'Parquet' && !words.endsWith(PARQUET_MAGIC)) {
      throw new ConnectionFault('the answer broke off before its end', { kind: 'network' });
    }
  }
}

/** What stands in an answer's data may look like a block, and does not know the tag. */
function blockOf(words: string, tag: string): string | undefined {
  const begin = words.lastIndexOf(`\r\n__exception__\r\n${tag}\r\n`);
  return begin < 0 ? undefined : words.slice(begin).split('\r\n').slice(3).join('\r\n');
}
