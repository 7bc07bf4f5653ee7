import { GuestError } from './guest-error.js';

/** A way to write an answer. */
export interface Format {
  readonly name: string;
  readonly contentType: string;
  /**
   * `rows`: pieces of an answer are an answer when they stand one after another; `lines` and so on: the same once the head of the later
   * ones is taken off. Absent: an answer is one document and is made in one piece.
   */
  readonly pieces?: 'rows' | 'native' | `${1 | 2} lines` | `${1 | 2} records` | 'names' | 'names and types';
}

const BYTES = 'application/octet-stream';
const JSON_TYPE = 'application/json; charset=UTF-8';
const LINES_TYPE = 'application/x-ndjson; charset=UTF-8';
const TSV_TYPE = 'text/tab-separated-values; charset=UTF-8';
const TEXT = 'text/plain; charset=UTF-8';
const csv = (header: 'present' | 'absent'): string => `text/csv; charset=UTF-8; header=${header}`;

const FORMATS: readonly Format[] = [
  ...[
    'JSONEachRow',
    'JSONLines',
    'NDJSON',
    'JSONStringsEachRow',
    'JSONCompactEachRow',
    'JSONCompactStringsEachRow',
  ].map((name): Format => ({ name, contentType: LINES_TYPE, pieces: 'rows' })),
  ...['JSONCompactEachRow', 'JSONCompactStringsEachRow'].flatMap((name): Format[] => [
    { name: `${name}WithNames`, contentType: LINES_TYPE, pieces: '1 lines' },
    { name: `${name}WithNamesAndTypes`, contentType: LINES_TYPE, pieces: '2 lines' },
  ]),
  ...['TabSeparated', 'TSV', 'TabSeparatedRaw', 'TSVRaw'].flatMap((name): Format[] => [
    { name, contentType: TSV_TYPE, pieces: 'rows' },
    // Raw names may have line breaks in them.
    { name: `${name}WithNames`, contentType: TSV_TYPE, ...(name.endsWith('Raw') ? {} : { pieces: '1 lines' }) },
    { name: `${name}WithNamesAndTypes`, contentType: TSV_TYPE, ...(name.endsWith('Raw') ? {} : { pieces: '2 lines' }) },
  ]),
  { name: 'CSV', contentType: csv('absent'), pieces: 'rows' },
  { name: 'CSVWithNames', contentType: csv('present'), pieces: '1 records' },
  { name: 'CSVWithNamesAndTypes', contentType: csv('present'), pieces: '2 records' },
  { name: 'RowBinary', contentType: BYTES, pieces: 'rows' },
  { name: 'RowBinaryWithNames', contentType: BYTES, pieces: 'names' },
  { name: 'RowBinaryWithNamesAndTypes', contentType: BYTES, pieces: 'names and types' },
  { name: 'Native', contentType: BYTES, pieces: 'native' },
  ...['JSON', 'JSONStrings', 'JSONCompact', 'JSONCompactStrings', 'JSONColumns', 'JSONCompactColumns'].map(
    (name): Format => ({ name, contentType: JSON_TYPE }),
  ),
  { name: 'JSONColumnsWithMetadata', contentType: JSON_TYPE },
  { name: 'JSONObjectEachRow', contentType: JSON_TYPE },
  { name: 'JSONEachRowWithProgress', contentType: LINES_TYPE },
  { name: 'JSONStringsEachRowWithProgress', contentType: LINES_TYPE },
  ...['Parquet', 'Arrow', 'ArrowStream', 'ORC', 'Avro', 'MsgPack', 'BSONEachRow'].map((name): Format => ({
    name,
    contentType: BYTES,
  })),
  { name: 'XML', contentType: 'application/xml; charset=UTF-8' },
  { name: 'Markdown', contentType: 'text/markdown; charset=UTF-8' },
  ...['Pretty', 'PrettyCompact', 'PrettySpace'].flatMap((name) =>
    ['', 'NoEscapes', 'MonoBlock', 'NoEscapesMonoBlock'].map((rest): Format => ({
      name: `${name}${rest}`,
      contentType: TEXT,
    })),
  ),
  ...['Vertical', 'Values', 'TSKV', 'LineAsString', 'RawBLOB', 'SQLInsert', 'Null'].map((name): Format => ({
    name,
    contentType: TEXT,
  })),
];

const BY_NAME: ReadonlyMap<string, Format> = new Map(FORMATS.map((format) => [format.name, format]));

/** ClickHouse's own default. */
export const DEFAULT_FORMAT = 'TabSeparated';

export function formatOf(name: string): Format {
  const format = BY_NAME.get(name);
  if (format === undefined) throw new GuestError(73, 'UNKNOWN_FORMAT', `Unknown format ${name}.`);
  return format;
}
