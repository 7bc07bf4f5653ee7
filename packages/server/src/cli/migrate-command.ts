import { defaultContext, type Logger } from '@louver/core';
import type { SchemaChange } from '@louver/storage-clickhouse';
import { Command } from 'commander';
import { storageOf } from '../assemble/storage.js';
import { loadConfig } from '../config/load-config.js';
import { makeDataDirectory } from '../data-directory.js';
import { processEnvironment, type CommandEnvironment } from './command-environment.js';

interface MigrateOptions {
  readonly config?: string;
  readonly clickhouseUrl?: string;
  readonly dataDir?: string;
  readonly dryRun?: boolean;
}

/** `louver migrate`: what a start of the server does to the database, and nothing else. */
export function migrateCommand(environment: CommandEnvironment = processEnvironment): Command {
  return new Command('migrate')
    .description('bring database and tables up to date, as a start of the server does, and end')
    .option('--config <file>', 'configuration file of the server (default: louver.yaml, if there is one)')
    .option('--clickhouse-url <url>', 'use this ClickHouse (HTTP) instead of the embedded one')
    .option('--data-dir <folder>', 'data directory of the server (default: ./data)')
    .option('--dry-run', 'print the statements that would be run, and change nothing')
    .action(async ({ dryRun = false, ...flags }: MigrateOptions) => {
      const { variables, workingDirectory, clock, print, remark } = environment;
      const config = loadConfig({ flags, environment: variables, workingDirectory, purpose: 'database' });
      if (config.clickhouse.kind === 'embedded' && !dryRun) await makeDataDirectory(config.dataDir);
      const storage = await storageOf(config);
      const context = defaultContext({ clock, logger: warningsTo(remark) });
      const { version, changes } = await storage.migrate(context, { dryRun });
      if (changes.length === 0) return print(`up to date (version ${version})`);
      for (const change of changes) for (const line of dryRun ? planned(change) : [done(change)]) print(line);
      const isNewer = changes.some((change) => change.version !== undefined);
      if (dryRun) print(isNewer ? `-- nothing was changed (to come: version ${version})` : '-- nothing was changed');
      else print(isNewer ? `now at version ${version}` : `done (version ${version}, as before)`);
    });
}

function done({ version, name, statements }: SchemaChange): string {
  if (version !== undefined) return `applied migration ${version} (${name})`;
  return name === 'database' ? 'made what was missing to begin with' : `altered ${name}: ${statements.join('; ')}`;
}

/** SQL that can be run as it is. */
function planned({ version, name, statements }: SchemaChange): readonly string[] {
  const title = version === undefined ? name : `migration ${version} (${name}), then a row in schema_migrations`;
  return [`-- ${title}`, ...statements.map((statement) => `${statement};`)];
}

/** What is done is printed anyway. */
function warningsTo(remark: (line: string) => void): Logger {
  const say = (message: string, fields?: object): void =>
    remark(fields === undefined ? message : `${message} ${JSON.stringify(fields)}`);
  return { debug() {}, info() {}, warn: say, error: say };
}
