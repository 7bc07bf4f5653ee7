import { defaultContext, type Journal, type JournalEntry, type TableName } from '@louver/core';
import { expect } from 'vitest';
import { FileJournal, type FileJournalSetup } from '../../src/journal/file-journal.js';
import type { SimulatedDisk } from './simulated-disk.js';
import { delivery, readAll, textOf } from './support.js';

const FOLDER = '/journal';
const TABLES = ['sensor_temperature', 'sensor_humidity'] as const satisfies readonly TableName[];

/** Opens a journal of small segments on the simulated disk. */
export async function openOn(disk: SimulatedDisk, setup: Partial<FileJournalSetup> = {}): Promise<Journal> {
  const lock = () => Promise.resolve({ release: () => Promise.resolve() });
  const sizes = { maxBytes: 1e6, segmentBytes: 1024 };
  const journal = new FileJournal({ directory: FOLDER, files: disk.files, lock, ...sizes, ...setup });
  await journal.open(defaultContext());
  return journal;
}

/** What a journal owes, whatever happens to its disk. */
export class JournalModel {
  /** Acknowledged and not settled: their text by position. */
  readonly owed = new Map<number, string>();
  /** Settled at some time: a crash may bring them back. */
  readonly settled = new Map<number, string>();
  /** Not acknowledged: they may be there. */
  private readonly offered = new Set<string>();
  /** Rows in storage: `table:position`. */
  private readonly rows = new Set<string>();
  /** Of these, what DONE was said of. */
  private finished = new Set<string>();
  private highest = 0;
  private made = 0;

  async append(journal: Journal, count: number, bytes: number): Promise<void> {
    const texts = Array.from({ length: count }, () => `${this.made++}`.padEnd(bytes, '.'));
    for (const text of texts) this.offered.add(text);
    const { first } = await journal.append(texts.map((text) => delivery(text)));
    expect(first, 'a position is not given twice').toBeGreaterThan(this.highest);
    for (const [i, text] of texts.entries()) this.owed.set(first + i, text);
    this.highest = first + count - 1;
  }

  /** Writes rows of these. What it returns says so. */
  async store(journal: Journal, table: 0 | 1, positions: readonly number[]): Promise<() => Promise<void>> {
    const rows = positions.map((position) => `${TABLES[table]}:${position}`);
    const batch = await journal.sent({ table: TABLES[table], positions });
    for (const row of rows) this.rows.add(row);
    return async () => {
      await batch.done();
      for (const row of rows) this.finished.add(row);
    };
  }

  settle(journal: Journal, positions: readonly number[]): void {
    for (const position of positions) {
      const text = this.owed.get(position);
      if (text === undefined) continue;
      this.owed.delete(position);
      this.settled.set(position, text);
    }
    journal.settle(positions);
  }

  /**
   * After a restart: everything owed is there, nothing else but what was offered or settled, and what has rows is known to. A crash may have forgotten
   * DONE, an orderly end may not (`exactly`).
   */
  async check(journal: Journal, how?: 'exactly'): Promise<void> {
    const entries = await readAll(journal);
    const read = new Map(entries.map((entry) => [entry.position, entry]));
    expect(read.size).toBe(entries.length);
    for (const [position, text] of this.owed) {
      const entry = read.get(position);
      expect(entry === undefined ? `${position} is lost` : textOf(entry)).toBe(text);
    }
    const known = entries.flatMap(({ position, stored }) => stored.map((table) => `${table}:${position}`));
    if (how === 'exactly') {
      expect([...read.keys()]).toEqual([...this.owed.keys()].sort((a, b) => a - b));
      const due = [...this.finished].filter((row) => read.has(Number(row.split(':')[1])));
      expect(known).toEqual(expect.arrayContaining(due));
    }
    this.finished = new Set(known);
    for (const entry of entries) this.checkEntry(entry);
  }

  private checkEntry(entry: JournalEntry): void {
    const { position, stored, inDoubt } = entry;
    const text = textOf(entry);
    if (!this.owed.has(position)) {
      expect(this.settled.get(position) ?? (this.offered.has(text) ? text : 'never offered')).toBe(text);
      // Back again, or there without anybody having been told.
      this.owed.set(position, text);
      this.settled.delete(position);
      this.highest = Math.max(this.highest, position);
    }
    for (const table of TABLES) {
      const hasRows = this.rows.has(`${table}:${position}`);
      if (hasRows) expect([...stored, ...inDoubt], `${position} has rows in ${table}`).toContain(table);
      else expect(stored, `${position} has no rows in ${table}`).not.toContain(table);
    }
  }
}
