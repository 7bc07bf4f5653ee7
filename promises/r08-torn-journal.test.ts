import fc from 'fast-check';
import type { JournalEntry, JournalRecord } from '@louver/core';
import { expect, test } from 'vitest';
import { ENTRY_OVERHEAD, HEADER_BYTES } from '../packages/core/src/journal/format.js';
import { FileJournal } from '../packages/core/src/journal/file-journal.js';
import { SimulatedDisk } from '../packages/core/test/journal/simulated-disk.js';
import { delivery, observedContext, readAll } from '../packages/core/test/journal/support.js';
import { SEED, tiered } from './support/tier.js';

const SIZES = { maxBytes: 65_536, segmentBytes: 600 };
const TABLES = ['sensor_temperature', 'dead_letters'] as const;

async function open(disk: SimulatedDisk) {
  const { context, warnings, counted } = observedContext();
  const lock = () => Promise.resolve({ release: () => Promise.resolve() });
  const journal = new FileJournal({ directory: '/journal', files: disk.files, lock, ...SIZES });
  await journal.open(context);
  const damaged = (): number => counted.get('journal_damaged_bytes_total') ?? 0;
  return { journal, warnings, damaged };
}

/** The same for the same content, in memory or from the disk. */
function textOf(record: JournalRecord): string {
  const plain =
    record.type === 'delivery' ? { ...record, payload: Buffer.from(record.payload).toString('hex') } : record;
  return JSON.stringify(Object.entries(plain).sort());
}

interface Original {
  /** Segments by path. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Of every position that was ever given. */
  readonly texts: ReadonlyMap<number, string>;
  readonly settled: ReadonlySet<number>;
  /** What an undamaged copy gives. */
  readonly read: readonly number[];
  readonly next: number;
}

type Step =
  | { readonly kind: 'append'; readonly records: readonly JournalRecord[] }
  | { readonly kind: 'settle' | 'sent' | 'done'; readonly positions: readonly number[] };

async function journalOf(steps: readonly Step[]): Promise<Original> {
  const disk = new SimulatedDisk();
  const { journal } = await open(disk);
  const texts = new Map<number, string>();
  const settled = new Set<number>();
  let next = 1;
  for (const step of steps) {
    if (step.kind === 'append') {
      const { first } = await journal.append(step.records);
      for (const [i, record] of step.records.entries()) texts.set(first + i, textOf(record));
      next = first + step.records.length;
      continue;
    }
    const positions = step.positions.filter((position) => position < next);
    if (step.kind === 'settle') {
      for (const position of positions) settled.add(position);
      journal.settle(positions);
    } else {
      const batch = await journal.sent({ table: TABLES[positions.length % 2]!, positions });
      if (step.kind === 'done') await batch.done();
    }
  }
  await journal.close();
  const files = new Map([...disk.content()].filter(([path]) => path.endsWith('.seg')));
  const read = [...texts.keys()].filter((position) => !settled.has(position));
  return { files, texts, settled, read, next };
}

interface Outcome {
  readonly positions: number[];
  readonly damaged: number;
  readonly next: number;
}

/** Opens what is left: nothing foreign, reported, a second start finds it clean, and it goes on. */
async function recover(original: Original, files: ReadonlyMap<string, Buffer>): Promise<Outcome> {
  const disk = new SimulatedDisk();
  for (const [path, bytes] of files) disk.put(path, bytes);
  const first = await open(disk);
  const entries = await readAll(first.journal);
  for (const { position, record } of entries) expect(textOf(record)).toBe(original.texts.get(position));
  if (first.damaged() > 0) {
    const told = expect.stringMatching(/^journal(: a torn end| damaged)/) as string;
    expect(first.warnings.map(({ message }) => message)).toContainEqual(told);
  }
  await first.journal.close();

  const second = await open(disk);
  expect(second.warnings).toEqual([]);
  const positionsOf = (all: readonly JournalEntry[]): number[] => all.map(({ position }) => position);
  expect(positionsOf(await readAll(second.journal))).toEqual(positionsOf(entries));
  const { first: next } = await second.journal.append([delivery('new')]);
  expect(positionsOf(await readAll(second.journal))).toEqual([...positionsOf(entries), next]);
  await second.journal.close();
  const positions = positionsOf(entries).filter((position) => !original.settled.has(position));
  return { positions, damaged: first.damaged(), next };
}

/** Where entries end, by the lengths in a whole segment. */
function endsOf(bytes: Buffer): number[] {
  const ends = [HEADER_BYTES];
  for (let at = HEADER_BYTES; at < bytes.length;) ends.push((at += ENTRY_OVERHEAD + bytes.readUInt32LE(at + 8)));
  return ends;
}

/** Every type of entry, in two segments with a hole between them. */
function everyEntry(): Promise<Original> {
  const append = (...records: JournalRecord[]): Step => ({ kind: 'append', records });
  const marked = { ...delivery('ccc'), retained: true, dup: true };
  const event = { timestamp: 1, device_id: 'a', event: 'online', detail: '{}' } as const;
  return journalOf([
    append(delivery('a'), delivery('bb'), marked, { ...delivery('d'), deliveryId: 'id:1' }),
    append({ type: 'note', key: 'owner/subject', value: '{"a":1}' }),
    { kind: 'done', positions: [1, 3] },
    { kind: 'sent', positions: [4] },
    append(delivery('x'.repeat(400))),
    append(delivery('y'.repeat(400))),
    append({ type: 'derived', table: 'device_events', row: event }),
    { kind: 'settle', positions: [2, 6, 7] },
    append(delivery('e'), { ...delivery('f'), dup: true }),
    { kind: 'done', positions: [8, 1, 5] },
  ]);
}

test('R8: cut at every byte of every segment: what is whole before the cut is recovered', async () => {
  const original = await everyEntry();
  expect([...original.files.keys()]).toEqual(['/journal/0000000001.seg', '/journal/0000000004.seg']);
  for (const [path, bytes] of original.files) {
    const ends = endsOf(bytes);
    const isLast = path === [...original.files.keys()].at(-1);
    let before: number[] = [];
    for (let length = 0; length <= bytes.length; length++) {
      const files = new Map([...original.files, [path, bytes.subarray(0, length)]]);
      const { positions, damaged, next } = await recover(original, files);
      // More with every byte, up to all; what is behind the cut in other segments is there anyway.
      expect(positions).toEqual(expect.arrayContaining(before));
      before = positions;
      const end = ends.findLast((each) => each <= length);
      if (end !== undefined) expect(damaged).toBe(length - end);
      expect(next).toBeGreaterThan(Math.max(...positions, isLast ? 7 : original.next - 1));
    }
    expect(before).toEqual(original.read);
  }
});

test('R8: flip at every byte of every segment: one entry at most is lost, and counted', async () => {
  const original = await everyEntry();
  for (const [path, bytes] of original.files) {
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of tiered([1 << (at % 8)], [1, 2, 4, 8, 16, 32, 64, 128, 255])) {
        const damagedBytes = Buffer.from(bytes);
        damagedBytes[at]! ^= mask;
        const outcome = await recover(original, new Map([...original.files, [path, damagedBytes]]));
        expect(outcome.positions.length).toBeGreaterThanOrEqual(original.read.length - 1);
        expect(outcome.next).toBeGreaterThanOrEqual(original.next);
        // Of the header there are two copies.
        expect(outcome.damaged > 0).toBe(at >= HEADER_BYTES);
      }
    }
  }
});

const text = fc.string({ maxLength: 80 });
const record: fc.Arbitrary<JournalRecord> = fc.oneof(
  text.map((each) => delivery(each)),
  fc
    .record({ payload: text, topic: text, deliveryId: text, dup: fc.boolean() })
    .map(({ payload, topic, deliveryId, dup }): JournalRecord => ({
      ...delivery(payload, topic),
      deliveryId,
      ...(dup && { dup }),
    })),
  fc.record({ key: text, value: text }).map((note): JournalRecord => ({ type: 'note', ...note })),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), records: fc.array(record, { minLength: 1, maxLength: 8 }) }),
  fc.record({
    kind: fc.constantFrom('settle' as const, 'sent' as const, 'done' as const),
    positions: fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 }),
  }),
);
const harm = fc.record({
  kind: fc.constantFrom('cut' as const, 'flip' as const, 'zeros' as const, 'noise' as const),
  segment: fc.nat(20),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  size: fc.integer({ min: 1, max: 300 }),
});

test('R8: random journals, several damages each: a subset, reported, and open again for good', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), fc.array(harm, { minLength: 1, maxLength: 4 }), async (steps, harms) => {
      const original = await journalOf(steps);
      const files = new Map(original.files);
      for (const { kind, segment, at, size } of harms) {
        const path = [...files.keys()][segment % files.size]!;
        const bytes = Buffer.from(files.get(path)!);
        const start = Math.floor(at * bytes.length);
        if (kind === 'flip' && bytes.length > 0) bytes[start]! ^= 1 + (size % 255);
        const end = Math.min(bytes.length, start + size);
          if (kind === 'zeros') bytes.fill(0, start, end);
        if (kind === 'noise') bytes.fill('louverJ\n\x01\x02\xfe', start, end, 'latin1');
        files.set(path, kind === 'cut' ? bytes.subarray(0, start) : bytes);
      }
      const outcome = await recover(original, files);
      expect(original.read).toEqual(expect.arrayContaining(outcome.positions));
    }),
    { numRuns: tiered(300, 20_000), seed: SEED },
  );
}); // prettier-ignore
