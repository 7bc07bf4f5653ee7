import { GuestError } from './guest-error.js';
import { quotedText } from './sql-tokens.js';

/** What one question may cost. */
export interface GuestLimits {
  /** Default 30,000 ms; a reader can ask for less. */
  readonly timeoutMs: number;
  /** Of the engine, while it works on it. Default 256 MiB. */
  readonly memoryBytes: number;
  /** Of an answer that is made in one piece. Default 64 MiB. */
  readonly resultBytes: number;
}

export const DEFAULT_LIMITS: GuestLimits = {
  timeoutMs: 30_000,
  memoryBytes: 256 * 1024 ** 2,
  resultBytes: 64 * 1024 ** 2,
};

/** Of HTTP and of other answers than ours: taken and not passed on. */
const IGNORED: ReadonlySet<string> = new Set([
  'add_http_cors_header',
  'async_insert',
  'buffer_size',
  'cancel_http_readonly_queries_on_client_close',
  'client_protocol_version',
  'close_session',
  'compress',
  'database',
  'decompress',
  'default_format',
  'enable_http_compression',
  'http_headers_progress_interval_ms',
  'http_response_buffer_size',
  'http_write_exception_in_output_format',
  'http_zlib_compression_level',
  'insert_deduplicate',
  'log_comment',
  'log_queries',
  'max_memory_usage',
  'max_query_size',
  'max_threads',
  'output_format_parallel_formatting',
  'password',
  'priority',
  'query',
  'query_id',
  'quota_key',
  'readonly',
  'send_progress_in_http_headers',
  'session_check',
  'session_id',
  'session_timeout',
  'user',
  'wait_end_of_query',
]);

/** How an answer is written and how much of it there is. */
const ALLOWED: ReadonlySet<string> = new Set([
  'cast_keep_nullable',
  'date_time_input_format',
  'date_time_output_format',
  'extremes',
  'final',
  'format_csv_delimiter',
  'format_csv_null_representation',
  'format_tsv_null_representation',
  'group_by_use_nulls',
  'join_use_nulls',
  'limit',
  'max_block_size',
  'max_execution_time',
  'max_result_bytes',
  'max_result_rows',
  'max_rows_to_read',
  'offset',
  'prefer_column_name_to_alias',
  'result_overflow_mode',
  'session_timezone',
  'totals_mode',
  'union_default_mode',
  'use_client_time_zone',
]);

/** `output_format_schema` names a file that is written. */
const isAllowed = (name: string): boolean =>
  ALLOWED.has(name) || (/^output_format_[a-z0-9_]+$/.test(name) && name !== 'output_format_schema');

/**
 * One SET for a session of its own: values, the reader's settings, then our limits, which nothing undoes since `readonly` comes after.
 * Throws READONLY for a setting that readers may not change.
 * @param isStreamed pieces of it are taken and forgotten, so that there may be as many as come in the time
 */
export function setStatement(fields: ReadonlyMap<string, string>, limits: GuestLimits, isStreamed: boolean): string {
  const set = new Map<string, string>();
  for (const [name, value] of fields) {
    if (IGNORED.has(name)) continue;
    if (/^param_[A-Za-z_][A-Za-z0-9_]*$/.test(name) || isAllowed(name)) set.set(name, value);
    else throw new GuestError(164, 'READONLY', `Cannot modify '${name}' setting in readonly mode.`);
  }
  const asked = Number(set.get('max_execution_time') ?? NaN);
  const most = limits.timeoutMs / 1_000;
  set.set('max_execution_time', String(asked > 0 && asked < most ? asked : most));
  set.set('timeout_overflow_mode', 'throw');
  set.set('max_memory_usage', String(limits.memoryBytes));
  // Nothing of a reader's is written to the disk.
  for (const spill of ['group_by', 'sort']) set.set(`max_bytes_ratio_before_external_${spill}`, '0');
  for (const spill of ['group_by', 'sort']) set.set(`max_bytes_before_external_${spill}`, '0');
  if (!isStreamed) {
    const bytes = Number(set.get('max_result_bytes') ?? NaN);
    set.set('max_result_bytes', String(bytes > 0 && bytes < limits.resultBytes ? bytes : limits.resultBytes));
  }
  return `SET ${[...set].map(([name, value]) => `${name} = ${quotedText(value)}`).join(', ')}`;
}
