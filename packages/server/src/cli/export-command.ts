import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { defaultContext, LouverError, TABLE_IDENTITY, withoutCode, type TableName } from '@louver/core';
import type { ExportQuery, SchemaReport } from '@louver/storage-clickhouse';
import { Command, Option } from 'commander';
import { storageOf } from '../assemble/storage.js';
import { loadConfig } from '../config/load-config.js';
import type { ServerConfig } from '../config/server-config.js';
import { timeArgument } from './argument-parsers.js';
import { CommandExit } from './command-exit.js';
import { processEnvironment, type CommandEnvironment } from './command-environment.js';

interface ExportOptions {
  readonly config?: string;
  readonly clickhouseUrl?: string;
  readonly dataDir?: string;
  readonly format?: ExportQuery['format'];
  readonly table: TableName;
  readonly from?: number;
  readonly to?: number;
  readonly device?: string;
  readonly output?: string;
}

/** For pipes; a Parquet file ends with what it holds, so it is made as a file first. */
const STDOUT = '-';
const PROGRESS_MS = 1_000;

/** `louver export`: a table of the configured database as a file for other programs. */
export function exportCommand(environment: CommandEnvironment = processEnvironment): Command {
  const time = timeArgument(() => environment.clock.now());
  return new Command('export')
    .description('write a table into a Parquet or CSV file')
    .addOption(new Option('--table <name>', 'which table').choices(Object.keys(TABLE_IDENTITY)).makeOptionMandatory())
    .addOption(
      new Option('--format <format>', 'of the file (default: as its name ends, else parquet)').choices([
        'parquet',
        'csv',
      ]),
    )
    .option('--from <time>', 'only from then on: 90s, 15m, 1h, 7d ago, or an RFC 3339 time', time)
    .option('--to <time>', 'only until then, in the same form', time)
    .option('--device <id>', 'only of this device')
    .option('--output <file>', 'a new file, or - for the output (default: the name of the table)')
    .option('--config <file>', 'configuration file (default: louver.yaml, if there is one)')
    .option('--clickhouse-url <url>', 'export from this ClickHouse (HTTP) instead of the embedded one')
    .option('--data-dir <folder>', 'where the embedded database is (default: ./data)')
    .action((options: ExportOptions) => exportTable(options, environment));
}

async function exportTable(options: ExportOptions, environment: CommandEnvironment): Promise<void> {
  const { config, clickhouseUrl, dataDir, table, from, to, device, output } = options;
  const { variables, workingDirectory, clock, monotonicMs, remark, print } = environment;
  const flags = {
    ...(config !== undefined && { config }),
    ...(clickhouseUrl !== undefined && { clickhouseUrl }),
    ...(dataDir !== undefined && { dataDir }),
  };
  if (from !== undefined && to !== undefined && from > to) {
    throw new CommandExit(2, ['--from is later than --to, expected an earlier or the same time']);
  }
  const format = formatOf(options);
  const purpose = 'database';
  const { clickhouse, dataDir: data } = loadConfig({ flags, environment: variables, workingDirectory, purpose });
  if (clickhouse.kind === 'embedded') await refuseUnreadable(join(data, 'clickhouse'));
  // Without the retention of this configuration, which may be another one than the server's: whoever reads takes nothing away.
  const storage = await storageOf({ clickhouse, dataDir: data });
  const context = defaultContext({ clock });
  refuseUnfinished(await storage.migrate(context, { dryRun: true }).catch(wayThroughPort), clickhouse, data);
  const toStdout = output === STDOUT;
  const file = toStdout
    ? join(tmpdir(), `louver-export-${randomUUID()}.${format}`)
    : resolve(workingDirectory, output ?? `${table}.${format}`);
  const interrupted = environment.untilInterrupted();
  const begunMs = monotonicMs();
  await storage.open(context);
  const finished = new AbortController();
  let rows = 0;
  try {
    void sayProgress(`${file}.part`, () => rows, environment, finished.signal);
    const range = {
      ...(from !== undefined && { fromMs: from }),
      ...(to !== undefined && { toMs: to }),
      ...(device !== undefined && { deviceId: device }),
    };
    await storage.exportTable(table, { ...range, format, file, signal: interrupted.signal }, (found) => (rows = found));
    const { size } = await stat(file);
    const said = `${count(rows)} ${rows === 1 ? 'row' : 'rows'} of ${table}, ${megabytes(size)} in ${((monotonicMs() - begunMs) / 1000).toFixed(1)} s`;
    if (toStdout) {
      await pipeline(createReadStream(file), process.stdout, { end: false }).catch(unlessNobodyReads);
      remark(said);
    } else {
      print(`${said}: ${file}`);
    }
  } finally {
    finished.abort();
    interrupted.release();
    if (toStdout) await rm(file, { force: true });
    await storage.close();
  }
}

function formatOf({ format, output = '' }: ExportOptions): ExportQuery['format'] {
  const ending = (['csv', 'parquet'] as const).find((each) => output.toLowerCase().endsWith(`.${each}`));
  if (format !== undefined && ending !== undefined && format !== ending) {
    throw new CommandExit(2, [`--output ends with .${ending} and --format is ${format}: change one of them`]);
  }
  return format ?? ending ?? 'parquet';
}

/** Else it would look as if nothing were there. */
async function refuseUnreadable(folder: string): Promise<void> {
  try {
    await readdir(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    const remedy =
      code === 'EACCES'
        ? 'run this as the user whom the server runs as'
        : 'give the folder of the server as --data-dir';
    throw new CommandExit(2, [`the database in ${resolve(folder)} cannot be read: ${message}; ${remedy}`]);
  }
}

function wayThroughPort(error: unknown): never {
  if (!LouverError.is(error) || error.code !== 'E_STORAGE_LOCKED') throw error;
  const way =
    'a server that runs is read through its port: serve --clickhouse-port 8123, then --clickhouse-url http://127.0.0.1:8123 here';
  throw new LouverError('E_STORAGE_LOCKED', `${withoutCode(error.message)} Or: ${way}`, { cause: error });
}

/** Opening would make what is missing, and export nothing of it. */
function refuseUnfinished({ changes }: SchemaReport, clickhouse: ServerConfig['clickhouse'], dataDir: string): void {
  const isPending = changes.some(({ version, name }) => version !== undefined || name === 'database');
  if (!isPending) return;
  const place = clickhouse.kind === 'embedded' ? resolve(dataDir) : clickhouse.url;
  const remedy = 'give the right --data-dir or --clickhouse-url; an older one is brought up to date by: louver migrate';
  const words = `there is no database '${clickhouse.database}' (clickhouse.database) of this version of Louver at ${place}`;
  throw new CommandExit(2, [`${words}: ${remedy}`]);
}

/** `| head` has seen enough. */
function unlessNobodyReads({ code, message }: NodeJS.ErrnoException): void {
  if (code !== 'EPIPE') throw new CommandExit(1, [`the output cannot be written: ${message}`]);
}

async function sayProgress(
  part: string,
  rows: () => number,
  { clock, remark }: CommandEnvironment,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(PROGRESS_MS, signal);
    if (signal.aborted) return;
    const size = await stat(part).then(
      (found) => found.size,
      () => 0,
    );
    remark(`… ${megabytes(size)} of ${count(rows())} rows written`);
  }
}

function count(rows: number): string {
  return rows.toLocaleString('en');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
