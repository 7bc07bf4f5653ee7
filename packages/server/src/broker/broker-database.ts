import { rename } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';
import { LouverError, type Context } from '@louver/core';
import { makeDataDirectory } from '../data-directory.js';
import { writeBehind, type WriteBehind } from './write-behind.js';

export type Entry = readonly [key: string, value: Uint8Array];
export type Level = ClassicLevel<string, Uint8Array>;

export interface OpenedDatabase {
  readonly database: WriteBehind;
  /** Everything in it, by key. */
  readonly entries: readonly Entry[];
}

/** Raised with every change of what the entries mean. */
const FORMAT = '1';
const FORMAT_KEY = 'format';

/** Not the content's fault: disk full, no rights, too many open files. The next start may find it again. */
const PASSING = new Set(['LEVEL_IO_ERROR', 'ENOSPC', 'EACCES', 'EROFS', 'EMFILE', 'ENFILE', 'EIO']);

/**
 * Opens what the broker keeps on disk, a LevelDB folder. One that is damaged, or is not ours, is set aside under another name and an empty one
 * begun: taking readings in matters more. Rejects with `E_CONFIG` when another process has it.
 */
export async function openBrokerDatabase(directory: string, context: Context): Promise<OpenedDatabase> {
  await makeDataDirectory(directory).catch(() => undefined);
  const first = await attempt(directory);
  if ('entries' in first) return started(first, directory, context);
  if (first.code === 'LEVEL_LOCKED') {
    throw new LouverError(
      'E_CONFIG',
      `${directory} is in use by another process: stop it, or choose another folder with --data-dir`,
    );
  }
  if (!PASSING.has(first.code)) {
    const aside = `${directory}.set-aside-${new Date(context.clock.now()).toISOString().replaceAll(':', '')}`;
    try {
      await rename(directory, aside);
      context.metrics.count('broker_set_aside_total');
      context.logger.error(
        'what the broker kept cannot be read: set aside, retained messages and sessions begin anew',
        {
          directory,
          aside,
          reason: first.reason,
        },
      );
      await makeDataDirectory(directory);
      const second = await attempt(directory);
      if ('entries' in second) return started(second, directory, context);
    } catch {
      // It cannot be moved either: in memory, until it can be written.
    }
  }
  const level = levelAt(directory);
  return { database: writeBehind(level, directory, context, first.reason), entries: [] };
}

type Attempt = { level: Level; entries: Entry[] } | { readonly code: string; readonly reason: string };

async function attempt(directory: string): Promise<Attempt> {
  const level = levelAt(directory);
  try {
    await level.open();
    const entries: Entry[] = await level.iterator().all();
    const format = entries.find(([key]) => key === FORMAT_KEY);
    if (entries.length === 0) await level.put(FORMAT_KEY, Buffer.from(FORMAT));
    else if (format === undefined || Buffer.from(format[1]).toString() !== FORMAT) {
      await level.close();
      const found = format === undefined ? 'something else' : `format ${Buffer.from(format[1]).toString()}`;
      return { code: 'FORMAT', reason: `found ${found}, expected format ${FORMAT}` };
    }
    return { level, entries };
  } catch (error) {
    await level.close().catch(() => undefined);
    const { code, message } = (error as { cause?: NodeJS.ErrnoException }).cause ?? (error as NodeJS.ErrnoException);
    return { code: code ?? 'UNKNOWN', reason: message };
  }
}

function levelAt(directory: string): Level {
  return new ClassicLevel(directory, { keyEncoding: 'utf8', valueEncoding: 'view' });
}

function started({ level, entries }: Extract<Attempt, { level: Level }>, directory: string, context: Context) {
  const content = entries.filter(([key]) => key !== FORMAT_KEY);
  return { database: writeBehind(level, directory, context), entries: content };
}
