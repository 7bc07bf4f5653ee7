import { LouverError, type TableName } from '@louver/core';
import { eachMember, mutant, nextTurn, readerMutant, rowMutant, type AnyRow, type Mutant } from './mutant.js';

const BATCHES = 'writing: batch after batch, every row once and in the table that it was written to';
const LARGE = 'writing: a batch of 25,000 rows is stored whole';
const TIMES = 'values: times are exact to the millisecond, from 1900 to 2299';
const NUMBERS = 'values: numbers are exact to the last bit';
const TEXTS = 'values: any text comes back as it was and is never part of a statement';
const MISFIT =
  'refusal: a batch with a row that does not fit is refused whole with E_STORAGE_REJECTED, or stored as it is';
const GIVEN_UP = 'giving up: a write whose signal is aborted already is stored whole or in doubt';
const ON_ITS_WAY =
  'giving up: a write that is given up on its way is stored whole or in doubt, and its retry makes it whole';

function isTime(name: string): boolean {
  return name === 'timestamp' || name.endsWith('_at');
}

const texts = (change: (text: string) => string) => (rows: readonly AnyRow[]) =>
  rows.map((row) => eachMember(row, (member) => (typeof member === 'string' ? change(member) : member)));

const numbers = (change: (value: number) => unknown) => (rows: readonly AnyRow[]) =>
  rows.map((row) =>
    eachMember(row, (member, name) => (typeof member === 'number' && !isTime(name) ? change(member) : member)),
  );

const times = (change: (ms: number) => number) => (rows: readonly AnyRow[]) =>
  rows.map((row) => eachMember(row, (member, name) => (isTime(name) ? change(member as number) : member)));

/** Of rows with one name the last one. */
function distinct(rows: readonly AnyRow[], nameOf: (row: AnyRow) => string): AnyRow[] {
  return [...new Map(rows.map((row) => [nameOf(row), row])).values()];
}

export const writingMutants: readonly Mutant[] = [
  mutant('refuses to write nothing', 'writing: no rows are stored at once', (memory) => ({
    async write(table, rows) {
      if (rows.length === 0) throw new LouverError('E_STORAGE_REJECTED', 'no rows');
      return memory.write(table, rows);
    },
  })),
  mutant(
    'mixes tables up that are written at the same time',
    'writing: a row of every table, all at the same time',
    (memory) => {
      let current: TableName;
      return {
        async write(table, rows) {
          current = table;
          await nextTurn();
          return memory.write(current, rows as never);
        },
      };
    },
  ),
  rowMutant('loses the last row of a batch', [BATCHES, LARGE], (rows) => (rows.length > 1 ? rows.slice(0, -1) : rows)),
  rowMutant('keeps one row of a device and millisecond', BATCHES, (rows) =>
    distinct(rows, (row) => `${String(row['timestamp'])} ${String(row['device_id'])}`),
  ),
  mutant('lets a batch replace the one before', BATCHES, (memory) => {
    const last = new Map<string, unknown>();
    return {
      present: async (table, keys) =>
        (await memory.present!(table, keys)).map((isThere, i) => {
          const rows = last.get(table) as readonly AnyRow[] | undefined;
          return isThere && (rows?.some((row) => row['message_id'] === keys[i]!.id) ?? false);
        }),
      write(table, rows) {
        last.set(table, rows);
        return memory.write(table, rows);
      },
    };
  }),
  rowMutant('takes 10,000 rows at the most', LARGE, (rows) => rows.slice(0, 10_000)),
  rowMutant('takes 100 months at the most', 'writing: a batch over 130 months in any order is stored whole', (rows) => {
    const monthOf = (row: AnyRow): string => new Date(Number(row['timestamp'])).toISOString().slice(0, 7);
    const months = new Set([...new Set(rows.map(monthOf))].slice(0, 100));
    return rows.length > 200 ? rows.filter((row) => months.has(monthOf(row))) : rows;
  }),
  rowMutant(
    'cuts texts at 1 MiB',
    'writing: texts of 2 MiB are stored whole',
    texts((text) => text.slice(0, 1_048_576)),
  ),
  mutant('takes a row for a copy of the same row', 'writing: the same row written twice is there twice', (memory) => {
    const seen = new Set<string>();
    return {
      write: (table, rows) =>
        memory.write(
          table,
          rows.filter((row) => seen.size < seen.add(`${table} ${JSON.stringify(row)}`).size),
        ),
    };
  }),
  readerMutant(
    'tells every write of a device',
    [
      'writing: a device that is written again is there once',
      'rows: of device_registry every device as last written, whatever the bounds',
    ],
    (reader, rows) => ({
      async *rows(table, query) {
        if (table === 'device_registry') yield rows(table);
        else yield* reader.rows(table, query);
      },
    }),
  ),
  mutant('tells rows twice that are being written', 'writing: is read beside, each row once', (memory) => {
    let writing = 0;
    return {
      async write(table, rows) {
        writing++;
        const receipt = await memory.write(table, rows);
        await nextTurn();
        writing--;
        return receipt;
      },
      reader: {
        ...memory.reader,
        async *rows(table, query) {
          for await (const batch of memory.reader.rows(table, query)) {
            yield batch;
            if (writing > 0) yield batch.slice(-1);
          }
        },
      },
    };
  }),

  rowMutant(
    'rounds milliseconds to seconds',
    TIMES,
    times((ms) => Math.round(ms / 1000) * 1000),
  ),
  rowMutant(
    'takes times before 1970 for 1970',
    TIMES,
    times((ms) => Math.max(0, ms)),
  ),
  rowMutant(
    'takes seconds for 32 bits',
    TIMES,
    times((ms) => ms % (2 ** 32 * 1000)),
  ),
  rowMutant('keeps numbers in 32 bits', NUMBERS, numbers(Math.fround)),
  rowMutant(
    'keeps 15 digits of a number',
    NUMBERS,
    numbers((value) => Number(value.toPrecision(15))),
  ),
  rowMutant(
    'keeps 0 for an unknown number',
    'values: an unknown number stays NaN, in every column that may be unknown',
    numbers((value) => (Number.isNaN(value) ? 0 : value)),
  ),
  rowMutant('keeps 1 for truth', 'values: truth stays truth, and false false', (rows) =>
    rows.map((row) => eachMember(row, (member) => (typeof member === 'boolean' ? Number(member) : member))),
  ),
  rowMutant(
    'trims texts',
    TEXTS,
    texts((text) => text.trim()),
  ),
  rowMutant(
    'composes characters',
    TEXTS,
    texts((text) => text.normalize()),
  ),
  rowMutant(
    'ends a text at NUL',
    TEXTS,
    texts((text) => text.split('\0')[0]!),
  ),
  rowMutant(
    'writes line ends of its own',
    TEXTS,
    texts((text) => text.replaceAll('\r\n', '\n')),
  ),
  rowMutant(
    'knows no characters beyond 16 bits',
    TEXTS,
    texts((text) => text.replace(/[\u{10000}-\u{10ffff}]/gu, '?')),
  ),
  mutant(
    'refuses half a surrogate pair',
    'values: half a surrogate pair comes back as it was or as U+FFFD, and its neighbours are stored',
    (memory) => ({
      async write(table, rows) {
        if (/\\ud[89a-f]/.test(JSON.stringify(rows))) throw new LouverError('E_STORAGE_REJECTED', 'not a text');
        return memory.write(table, rows);
      },
    }),
  ),

  mutant('applies half a batch and rejects it', MISFIT, (memory) => ({
    async write(table, rows) {
      const bad = (rows as unknown as readonly AnyRow[]).findIndex((row) => typeof row['device_id'] !== 'string');
      if (bad === -1) return memory.write(table, rows);
      await memory.write(table, rows.slice(0, bad));
      throw new LouverError('E_STORAGE_REJECTED', `row ${bad} is refused`);
    },
  })),
  mutant('takes a row that does not fit for an outage', MISFIT, (memory) => ({
    write: (table, rows) =>
      memory.write(table, rows).catch((cause: unknown) => {
        throw new LouverError('E_STORAGE_UNAVAILABLE', 'away', { cause });
      }),
  })),
  rowMutant('keeps 0 for a missing number', MISFIT, (rows) =>
    rows.map((row) => eachMember(row, (member, name) => (name === 'value' ? (member ?? 0) : member))),
  ),
  mutant(
    'fails at a table that it does not know',
    'refusal: rows of a table that it does not know are refused with E_STORAGE_REJECTED, or stored',
    (memory) => ({
      async write(table, rows) {
        if ((table as string) === 'sensor_colour') throw new TypeError('cannot read properties of undefined');
        return memory.write(table, rows);
      },
    }),
  ),

  mutant('gives up in words of its own', GIVEN_UP, (memory) => ({
    async write(table, rows, options) {
      options?.signal?.throwIfAborted();
      return memory.write(table, rows);
    },
  })),
  mutant('resolves a write that it gave up', [GIVEN_UP, ON_ITS_WAY], (memory) => ({
    async write(table, rows, options) {
      await Promise.resolve();
      return memory.write(table, options?.signal?.aborted ? rows.slice(0, rows.length >> 1) : rows);
    },
  })),
  mutant('writes later what it gave up', ON_ITS_WAY, (memory) => {
    let late: (() => Promise<unknown>) | undefined;
    return {
      async write(table, rows, options) {
        await late?.();
        late = undefined;
        await Promise.resolve();
        if (!options?.signal?.aborted) return memory.write(table, rows);
        late = () => memory.write(table, rows);
        throw new LouverError('E_STORAGE_UNAVAILABLE', 'given up');
      },
    };
  }),
];
