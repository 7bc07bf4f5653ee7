import { randomUUID } from 'node:crypto';
import type { Context, Health } from '@louver/core';

/** Values bound by name to `{name:Type}` in the SQL text: no value is ever part of the text itself. */
export type Params = Readonly<Record<string, string | number | readonly string[]>>;

/** Rows of one INSERT, as text in {@link INSERT_FORMAT} cut into slices. */
export interface InsertRequest {
  /** `database.table`, both identifiers of our own. */
  readonly table: string;
  readonly columns: readonly string[];
  readonly body: readonly Uint8Array[];
}

export interface CopyTarget {
  readonly file: string;
  readonly format: 'Parquet' | 'CSVWithNames';
}

/**
 * The few things that the adapter needs of a ClickHouse, over the network or in the process. Every method rejects with a
 * {@link ConnectionFault} and nothing else.
 */
export interface Connection {
  /** Resolves once the rows are in their table and in everything that is fed from it. */
  insert(request: InsertRequest, signal?: AbortSignal): Promise<void>;
  /** Rows as JSONEachRow text. */
  query(sql: string, params: Params, signal?: AbortSignal): Promise<string>;
  /** The same in pieces of whole lines, as they come and as fast as they are taken; whoever stops early ends the question. */
  stream(sql: string, params: Params): AsyncIterable<string>;
  /** Writes the rows into a new file. Resolves when they are all there; what a rejection leaves behind is no more than a part. */
  copy(sql: string, params: Params, target: CopyTarget, signal?: AbortSignal): Promise<void>;
  command(sql: string, params?: Params, signal?: AbortSignal): Promise<void>;
  /** A statement of a migration, which may take as long as the server works on it. Absent: `command` waits for all. */
  migrate?(sql: string): Promise<void>;
  /** Resolves when no insert of unknown outcome can still add rows. Absent: an insert never outlives its promise. */
  settleInserts?(signal?: AbortSignal): Promise<void>;
  /** Once, after the schema stands and before the first write. */
  begin?(database: string): Promise<void>;
  /** Whether the database answers, as far as is known without asking. Absent: it is in this process. */
  health?(): Health;
  /** `close` may be called with calls in flight after so long, and ends them. Absent: it waits for them. */
  readonly closePatienceMs?: number;
  close(): Promise<void>;
}

export interface Connector {
  /** For messages: the URL without credentials, or the directory. */
  readonly target: string;
  connect(context: Context): Promise<Connection>;
  /** The same for looking only: makes nothing where nothing is. Absent: `connect` makes nothing either. */
  look?(context: Context): Promise<Connection>;
}

export interface FaultDetails {
  /** `foreign`: what answers there is not ClickHouse. `certificate`: TLS did not accept its certificate. */
  readonly kind: 'network' | 'timeout' | 'aborted' | 'overloaded' | 'server' | 'foreign' | 'certificate';
  /** ClickHouse's own code, where it answered with one. */
  readonly clickhouseCode?: number;
  readonly cause?: unknown;
}

/** What a connection rejects with; the adapter turns it into a `LouverError` by what it was doing. */
export class ConnectionFault extends Error {
  override readonly name = 'ConnectionFault';
  readonly kind: FaultDetails['kind'];
  readonly clickhouseCode: number | undefined;

  constructor(message: string, details: FaultDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = details.kind;
    this.clickhouseCode = details.clickhouseCode;
  }

  /** No answer came from the database: nothing is known about how it is. */
  get isAbsence(): boolean {
    return this.kind === 'network' || this.kind === 'timeout';
  }
}

/** Values without their names: a third less text than JSONEachRow, and read by ClickHouse in three quarters of the time. */
export const INSERT_FORMAT = 'JSONCompactEachRow';

const INSERT_SETTINGS = {
  async_insert: 0,
  insert_deduplicate: 0,
  date_time_input_format: 'best_effort',
  input_format_skip_unknown_fields: 0,
  input_format_parallel_parsing: 0,
  precise_float_parsing: 1,
} as const satisfies Readonly<Record<string, string | number>>;

/**
 * Settings of one INSERT. Rows are told apart by their message ids and by nothing else: ClickHouse's own deduplication would drop
 * the retry of a batch whose first part never became visible. From 26 on `insert_deduplicate` no longer switches it off (a newer setting,
 * which older servers refuse, overrides it); a token that no other insert has does, in every version. `async_insert` would resolve before the
 * rows are in their table.
 */
export function insertSettings(): Readonly<Record<string, string | number>> {
  return { ...INSERT_SETTINGS, insert_deduplication_token: randomUUID() };
}

/**
 * Settings of a {@link Connection.copy}: times as RFC 3339 in UTC, texts as texts. A Parquet file is made in groups of rows that are whole in memory:
 * by default a million of them, 240 MB.
 */
export const COPY_SETTINGS =
  "SETTINGS date_time_output_format = 'iso', output_format_parquet_string_as_string = 1, " +
  'output_format_parquet_row_group_size = 65536, output_format_parquet_row_group_size_bytes = 33554432';

/** Settings of every SELECT: NaN comes back as `"nan"` instead of null, 64-bit integers as text. */
export const SELECT_SETTINGS =
  'SETTINGS output_format_json_quote_denormals = 1, output_format_json_quote_64bit_integers = 1';
