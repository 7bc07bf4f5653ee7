import { resolve } from 'node:path';
import { Command } from 'commander';
import { partsOf } from '../backup/parts.js';
import { restoreBackup } from '../backup/restore-backup.js';
import { takeBackup } from '../backup/take-backup.js';
import { loadConfig } from '../config/load-config.js';
import type { ServerConfig } from '../config/server-config.js';
import { packageVersion } from '../package-version.js';
import { CommandExit } from './command-exit.js';
import { processEnvironment, type CommandEnvironment } from './command-environment.js';

interface Place {
  readonly config?: string;
  readonly dataDir?: string;
}

const PROGRESS_MS = 1_000;

/** `louver backup`: what a stopped server keeps on disk, in a folder of its own. */
export function backupCommand(environment: CommandEnvironment = processEnvironment): Command {
  return located(new Command('backup'))
    .description('copy what a stopped server keeps on disk into a new folder')
    .requiredOption('--to <folder>', 'a new folder')
    .action(async ({ to, ...place }: Place & { readonly to: string }) => {
      const { workingDirectory, clock, print, remark } = environment;
      const { config, parts } = placesOf(place, environment);
      const { clickhouse } = config;
      const about = {
        version: packageVersion(),
        createdAt: new Date(clock.now()).toISOString(),
        clickhouse: clickhouse.kind === 'embedded' ? 'embedded' : clickhouse.url,
      };
      const folder = resolve(workingDirectory, to);
      const done = await interruptible(environment, 'no backup was made', (signal) => {
        const say = progressOf(environment);
        return takeBackup({
          parts,
          to: folder,
          about,
          signal,
          progress: (bytes, all) => say(`… ${megabytes(bytes)} of ${megabytes(all)} copied`),
        });
      });
      print(`${done.files} files, ${megabytes(done.bytes)} (${done.parts.join(', ')}): ${folder}`);
      if (clickhouse.kind === 'remote' && config.role !== 'inference') {
        remark(
          `the rows are not in it: they are in ClickHouse at ${clickhouse.url}, back that up too (docs/BACKUP.md)`,
        );
      }
    });
}

/** `louver restore`: puts it back, where there is nothing. */
export function restoreCommand(environment: CommandEnvironment = processEnvironment): Command {
  return located(new Command('restore'))
    .description('put back what louver backup has copied, where nothing is')
    .requiredOption('--from <folder>', 'a folder that louver backup made')
    .action(async ({ from, ...place }: Place & { readonly from: string }) => {
      const { workingDirectory, print, remark } = environment;
      const { parts } = placesOf(place, environment);
      const folder = resolve(workingDirectory, from);
      const done = await interruptible(environment, 'nothing was restored', (signal) => {
        const say = progressOf(environment);
        const progress = (what: string, bytes: number, all: number): void =>
          say(`… ${megabytes(bytes)} of ${megabytes(all)} ${what}`);
        return restoreBackup({ from: folder, parts, signal, progress });
      });
      const { version, createdAt, clickhouse } = done.manifest;
      print(
        `${done.files} files, ${megabytes(done.bytes)}, of ${createdAt} (Louver ${version}): ${done.restored.join(', ')}`,
      );
      if (clickhouse !== 'embedded') remark(`the rows were in ClickHouse at ${clickhouse}: restore them there`);
    });
}

function located(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file of the server (default: louver.yaml, if there is one)')
    .option('--data-dir <folder>', 'data directory of the server (default: ./data)');
}

function placesOf(
  { config: configFile, dataDir }: Place,
  { variables, workingDirectory }: CommandEnvironment,
): { readonly config: ServerConfig; readonly parts: ReturnType<typeof partsOf> } {
  const flags = {
    ...(configFile !== undefined && { config: configFile }),
    ...(dataDir !== undefined && { dataDir }),
  };
  const config = loadConfig({ flags, environment: variables, workingDirectory });
  return { config, parts: partsOf(config, workingDirectory, configFile ?? 'louver.yaml') };
}

async function interruptible<T>(
  environment: CommandEnvironment,
  outcome: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, release } = environment.untilInterrupted();
  try {
    return await work(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new CommandExit(1, [`interrupted: ${outcome}`]);
  } finally {
    release();
  }
}

/** A line at most every second. */
function progressOf({ remark, monotonicMs }: CommandEnvironment): (line: string) => void {
  let saidMs = monotonicMs();
  return (line) => {
    if (monotonicMs() - saidMs < PROGRESS_MS) return;
    saidMs = monotonicMs();
    remark(line);
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
