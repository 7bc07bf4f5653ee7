// The file journal on this disk: batches and single appends against bare write + fdatasync of the same bytes, and how long an append takes
// while 5,000 messages arrive in a second.
import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { defaultContext } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { alternate, median, quantile } from '../../../tools/bench/measure.mjs';
import { report, row } from '../../../tools/bench/report.mjs';

const BATCH = 100;
const BATCHES = 400;
const SINGLES = 600;
const PER_SECOND = 5_000;
const PACED_S = 6;
const TMPFS = 0x01021994;

const folder = await mkdtemp(join(tmpdir(), 'louver-bench-journal-'));
const journal = fileJournal(join(folder, 'journal'));
await journal.open(defaultContext());
const file = await open(join(folder, 'bare'), 'w');
const bareSyncMs = [];
let unsettled = [];
let made = 0;
let results;
let latencies;
try {
  if ((await statfs(folder)).type === TMPFS) {
    console.log(`${folder} is in memory: its syncs cost nothing. Set TMPDIR to a folder on a disk.`);
  }
  const recordBytes = await sizeOnDisk();
  results = await alternate({
    batches: () => rate(BATCHES * BATCH, async () => {
      for (let i = 0; i < BATCHES; i++) await append(records(BATCH));
    }),
    bareBatches: () => rate(BATCHES * BATCH, () => bareWrites(BATCHES, BATCH * recordBytes)),
    singles: () => rate(SINGLES, async () => {
      for (let i = 0; i < SINGLES; i++) await append(records(1));
    }),
    bareSingles: () => rate(SINGLES, () => bareWrites(SINGLES, recordBytes)),
  }); // prettier-ignore
  latencies = await paced();
} finally {
  await file.close();
  await journal.close();
  await rm(folder, { recursive: true, force: true });
}

const against = (values, what) => ({ figure: median(values), what });
await report(
  'journal',
  [
    row({
      name: `journal, batches of ${BATCH}, each synced`,
      figure: median(results.batches),
      unit: 'records/s',
      against: against(results.bareBatches, 'bare write + fdatasync'),
    }),
    row({
      name: 'journal, one after the other, each synced',
      figure: median(results.singles),
      unit: 'records/s',
      against: against(results.bareSingles, 'bare write + fdatasync'),
    }),
    row({
      name: `journal, append at ${PER_SECOND.toLocaleString('en')} msg/s, p50`,
      figure: quantile(latencies, 0.5),
      unit: 'ms',
    }),
    row({
      name: `journal, append at ${PER_SECOND.toLocaleString('en')} msg/s, p99`,
      figure: quantile(latencies, 0.99),
      unit: 'ms',
      against: { figure: quantile(bareSyncMs, 0.99), what: 'p99 of one bare write + fdatasync' },
      floor: { of: 'figure', most: 20 },
    }),
  ],
  { ...results, pacedMaxMs: quantile(latencies, 1), pacedAppends: latencies.length },
);

async function rate(count, work) {
  const startedMs = performance.now();
  await work();
  return (count * 1000) / (performance.now() - startedMs);
}

async function append(batch) {
  const { first } = await journal.append(batch);
  for (let i = 0; i < batch.length; i++) unsettled.push(first + i);
  if (unsettled.length >= 10_000) settle();
}

/** In lots, as storage does it: the journal gives its space back. */
function settle() {
  journal.settle(unsettled);
  unsettled = [];
}

async function bareWrites(count, bytes) {
  const chunk = Buffer.alloc(bytes, 0x5a);
  await file.truncate(0);
  for (let i = 0, at = 0; i < count; i++, at += bytes) {
    const startedMs = performance.now();
    await file.write(chunk, 0, bytes, at);
    await file.datasync();
    bareSyncMs.push(performance.now() - startedMs);
  }
}

/**
 * Appends of one message each that become due every 0.2 ms whatever the journal does; the time of each counts from when it was due, so that
 * one slow sync is not hidden by the appends that it kept from being made.
 */
async function paced() {
  const count = PER_SECOND * PACED_S;
  const times = [];
  const running = new Set();
  const startedMs = performance.now();
  for (let made = 0; made < count;) {
    const due = Math.min(count, Math.ceil(((performance.now() - startedMs) * PER_SECOND) / 1000));
    for (; made < due; made++) {
      const dueMs = startedMs + (made * 1000) / PER_SECOND;
      const appended = append(records(1)).then(() => {
        times.push(performance.now() - dueMs);
        running.delete(appended);
      });
      running.add(appended);
    }
    await (made < count ? sleep(1) : nextTurn());
  }
  await Promise.all(running);
  // The first second is a warm-up.
  return times.slice(PER_SECOND);
}

function records(count) {
  const now = Date.now();
  return Array.from({ length: count }, () => {
    const timestamp = new Date(1_760_000_000_000 + made++).toISOString();
    const payload = Buffer.from(`{"value": 25.5, "timestamp": "${timestamp}"}`);
    return { type: 'delivery', topic: `sensor/esp32-${made % 100}/temperature`, payload, receivedAtMs: now };
  });
}

/** What one record takes in the journal's file, so that the bare writes are as long. */
async function sizeOnDisk() {
  let bytes = 0;
  const probe = fileJournal(join(folder, 'probe'));
  const gauge = (name, value) => name === 'journal_bytes' && (bytes = value);
  await probe.open(defaultContext({ metrics: { count() {}, observe() {}, gauge } }));
  const header = bytes;
  await probe.append(records(BATCH));
  await probe.close();
  return Math.round((bytes - header) / BATCH);
}
