import {
  createPipeline,
  deadband,
  LouverError,
  memoryStorage,
  memoryTransport,
  REPLAYED,
  type DeadLetterRow,
  type MemoryStorage,
  type StorageAdapter,
} from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { manualClock } from '@louver/core/testkit';
import { esp32Codec } from '@louver/device-esp32';
import { START_MS } from './rig.js';
import { loudnessFeatures } from './test-parts.js';

export const HOUR = 3_600_000;
export const STAMP = '2025-12-31T23:00:00Z';

export interface Tuning {
  readonly scalarBytes?: number;
  readonly audioBytes?: number;
  readonly journal?: string;
  readonly refuses?: (row: Readonly<Record<string, unknown>>) => boolean;
}

/** Storage that outlives pipelines, and refuses what it is told to. */
export function shared() {
  const memory = memoryStorage();
  const rule: { refuses: NonNullable<Tuning['refuses']> } = { refuses: () => false };
  const storage: StorageAdapter = {
    ...memory,
    async write(table, rows, options) {
      const refused = table !== 'dead_letters' && rows.some((row) => rule.refuses(row as never));
      if (refused) throw new LouverError('E_STORAGE_REJECTED', 'this row is not liked');
      return memory.write(table, rows, options);
    },
  };
  return { memory, storage, rule };
}

/** One life of a process; ended without a farewell when nobody closes it. */
export async function life({ storage }: { storage: StorageAdapter }, atMs: number, tuning: Tuning = {}) {
  const clock = manualClock(atMs);
  const transport = memoryTransport();
  const { scalarBytes = 200, audioBytes = 200 } = tuning;
  const pipeline = createPipeline({
    transport,
    codec: esp32Codec({ limits: { scalarBytes, audioBytes } }),
    storage,
    detector: deadband({ temperature: 0.5 }),
    features: loudnessFeatures(),
    context: { clock, random: () => 0.5 },
    ...(tuning.journal === undefined ? { durability: 'none' } : { journal: fileJournal(tuning.journal) }),
  });
  await pipeline.open();
  const send = (topic: string, body: object) => transport.inject(topic, JSON.stringify(body));
  const letters = (memory: MemoryStorage) => memory.reader.deadLetters({ limit: 1000 });
  return { pipeline, transport, clock, send, letters };
}

export const long = { note: 'x'.repeat(300) };
export const markers = (memory: MemoryStorage) => memory.rows('dead_letters').filter(({ code }) => code === REPLAYED);
export const takenIn = (letters: readonly DeadLetterRow[]) =>
  letters.map(({ message_id: messageId }) => ({ messageId, takenIn: true }));

export const LETTER: DeadLetterRow = {
  received_at: START_MS,
  topic: 'sensor/a/temperature',
  device_id: 'a',
  code: 'not-json',
  detail: 'unexpected token',
  payload: '',
  message_id: 'letter-1',
};
