import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { defaultContext, type Context, type DeliveryRecord, type Journal, type JournalEntry } from '@louver/core';
import { FileJournal, type FileJournalSetup } from '../../src/journal/file-journal.js';
import { nodeFiles } from '../../src/journal/files.js';

/** An empty folder that goes away with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'louver-journal-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Warning {
  readonly message: string;
  readonly fields: object | undefined;
}

/** A context that keeps what was warned of, counted and measured. */
export function observedContext(): { context: Context; warnings: Warning[]; counted: Map<string, number> } {
  const warnings: Warning[] = [];
  const counted = new Map<string, number>();
  const context = defaultContext({
    logger: {
      debug() {},
      info() {},
      warn: (message, fields) => warnings.push({ message, fields }),
      error: (message, fields) => warnings.push({ message, fields }),
    },
    metrics: {
      count: (name, _labels, by = 1) => counted.set(name, (counted.get(name) ?? 0) + by),
      observe: (name) => counted.set(name, (counted.get(name) ?? 0) + 1),
      gauge: (name, value) => counted.set(name, value),
    },
  });
  return { context, warnings, counted };
}

/** An open journal that is closed with the test. */
export async function openJournal(
  directory: string,
  setup: Partial<FileJournalSetup> = {},
  context: Context = defaultContext(),
): Promise<Journal> {
  const journal = new FileJournal({ directory, maxBytes: 1e9, segmentBytes: 64e6, files: nodeFiles, ...setup });
  await journal.open(context);
  onTestFinished(() => journal.close());
  return journal;
}

export function delivery(text: string, topic = 'sensor/a/temperature'): DeliveryRecord {
  return { type: 'delivery', topic, payload: Buffer.from(text), receivedAtMs: 1_700_000_000_123 };
}

export function textOf(entry: JournalEntry): string {
  const { record } = entry;
  if (record.type === 'delivery') return Buffer.from(record.payload).toString();
  return record.type === 'note' ? record.key : record.table;
}

/** Everything that is not settled now. */
export async function readAll(journal: Journal): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const batch of journal.read({ follow: false, signal: new AbortController().signal }))
    entries.push(...batch);
  return entries;
}
