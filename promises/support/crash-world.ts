import { join } from 'node:path';
import {
  anyOf,
  createPipeline,
  deadband,
  everyRecording,
  localEngine,
  memoryTransport,
  TABLE_IDENTITY,
  type Codec,
  type StorageAdapter,
  type TableName,
} from '@louver/core';
import { manualClock, obligationsLedger, type Incarnation } from '@louver/core/testkit';
import { esp32Codec } from '@louver/device-esp32';
import { FileJournal } from '../../packages/core/src/journal/file-journal.js';
import type { JournalFiles } from '../../packages/core/src/journal/files.js';
import { linearPredictor, loudnessFeatures } from '../../packages/core/test/support/test-parts.js';
import { crashMessages, START_MS, type Sent } from './crash-messages.js';
import { monthlyStorage } from './monthly-storage.js';
import { mortalFiles } from './mortal-files.js';

/** `table id` of every row that has an identity. */
export type StoredIds = () => Promise<readonly string[]>;

export interface WorldOptions {
  /** A folder for locks. */
  readonly folder: string;
  /** Open, and it lives on. */
  readonly storage: StorageAdapter;
  readonly files: (directory: string) => JournalFiles;
  /** Each incarnation believes to be in a folder of its own (a simulated disk), or all are in this one. */
  readonly journalFolder?: string;
  /** Does what the operating system does when a process has died. */
  readonly bury?: (directory: string) => Promise<void>;
  /** Between two looks at the clock: a real disk or database takes its time, and the devices must not grow old meanwhile. */
  readonly turn?: () => Promise<void>;
  /** Before the names of devices. */
  readonly prefix?: string;
  readonly codec?: Codec;
  readonly messages?: readonly (readonly Sent[])[];
  readonly withEngine?: boolean;
}

/** Far more than any of it takes: what is not over by then never is. */
const MAX_REAL_MS = 20_000;
const WAIT_MS = 20;

/** What outlives a crash: disk, database, the sender with what it has had no acknowledgement for, and time. */
export class World {
  readonly waves: readonly (readonly Sent[])[];
  readonly ledger = obligationsLedger<string>();
  /** Commands that were on the wire. */
  readonly commands = new Set<string>();
  readonly #deliveries = new Map<Sent, number>();
  readonly #unsent: Set<{ readonly wave: number; readonly sent: Sent }>;
  #nowMs = START_MS;
  #lives = 0;

  constructor(readonly options: WorldOptions) {
    this.waves = options.messages ?? crashMessages(options.prefix);
    this.#unsent = new Set(this.waves.flatMap((wave, i) => wave.map((sent) => ({ wave: i, sent }))));
  }

  /** From the opening of a pipeline to its end: sends what has not been acknowledged yet, and waits until all is stored. */
  async live(life: Incarnation): Promise<void> {
    const { folder, storage, files, journalFolder, bury, turn = turns, codec = esp32Codec() } = this.options;
    const directory = journalFolder ?? join(folder, `life-${++this.#lives}`);
    const clock = manualClock(this.#nowMs);
    const memory = memoryTransport();
    memory.onPublish(({ topic, payload }) => {
      if (topic.endsWith('/control'))
        this.commands.add((JSON.parse(String(payload)) as { command_id: string }).command_id);
    });
    const pipeline = createPipeline({
      transport: life.transport(memory),
      codec,
      storage: { ...monthlyStorage(life.storage(storage)), open: async () => {}, close: async () => {} },
      journal: new FileJournal({
        directory,
        maxBytes: 1024 * 1024,
        segmentBytes: 2048,
        files: mortalFiles(files(directory), life),
      }),
      detector: anyOf(deadband({ temperature: 0.5, humidity: 2 }), everyRecording()),
      ...(this.options.withEngine !== false && {
        engine: localEngine({ features: loudnessFeatures(), predictor: linearPredictor() }),
      }),
      context: { clock, random: () => 0.5 },
    });
    await life.live(async () => {
      await pipeline.open();
      for (const wave of this.waves.keys()) {
        const sending = [...this.#unsent].filter((each) => each.wave === wave).map((each) => this.#send(each, memory));
        await turns(5);
        await clock.advance(250);
        await Promise.all(sending);
        await turns(5);
      }
      const over = { is: false };
      const ending = pipeline
        .drain()
        .then(() => pipeline.close())
        .then(() => (over.is = true));
      const startedMs = performance.now();
      while (!over.is && !life.crashed) {
        const tookMs = performance.now() - startedMs;
        if (tookMs > MAX_REAL_MS) throw new Error(`not stored after ${tookMs} ms, ${life.steps.length} steps`);
        await clock.advance(WAIT_MS);
        await turn();
      }
      await ending;
    });
    if (life.crashed) await bury?.(directory);
    this.#nowMs = clock.now() + 1000;
  }

  /** Problems in words; none is what is promised. */
  async problems(idsIn: StoredIds): Promise<readonly string[]> {
    const ids = await idsIn();
    const found: string[] = [];
    const expected = new Set(this.waves.flat().flatMap(({ rows }) => rows));
    const own = ids.filter((id) => /^(ml_predictions|window_actions) /.test(id) && !expected.has(id));
    const verdict = this.ledger.check(ids.filter((id) => expected.has(id)));
    if (!verdict.ok) found.push(`missing ${verdict.missing.join(', ')}; doubled ${verdict.doubled.join(', ')}`);
    if (this.#unsent.size > 0) found.push(`${this.#unsent.size} messages were never acknowledged`);
    if (new Set(own).size < own.length) found.push(`doubled: ${own.sort().join(', ')}`);
    for (const command of this.commands) {
      if (!ids.includes(`window_actions ${command}`)) found.push(`no row of command ${command}`);
    }
    const strangers = ids.filter((id) => !expected.has(id) && !own.includes(id) && !id.startsWith('device_events '));
    const loose = this.waves.flat().filter(({ rows }) => rows.length === 0);
    const most = loose.reduce((sum, sent) => sum + (this.#deliveries.get(sent) ?? 0), 0);
    if (strangers.length < loose.length || strangers.length > most || new Set(strangers).size < strangers.length) {
      found.push(`of ${loose.length} messages without an identity, sent ${most} times: ${strangers.join(', ')}`);
    }
    return found;
  }

  async #send(
    each: { readonly wave: number; readonly sent: Sent },
    transport: ReturnType<typeof memoryTransport>,
  ): Promise<void> {
    const { sent } = each;
    for (const row of sent.rows) this.ledger.sent(row);
    this.#deliveries.set(sent, (this.#deliveries.get(sent) ?? 0) + 1);
    await transport.inject(sent.topic, sent.payload);
    this.#unsent.delete(each);
    for (const row of sent.rows) this.ledger.acknowledge(row);
  }
}

/** Lets everything that does not wait for the clock happen. */
async function turns(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

export const TABLES_WITH_IDS = Object.entries(TABLE_IDENTITY).flatMap(([table, identity]) =>
  identity === undefined ? [] : [{ table: table as TableName, id: identity.id }],
);

/** As the ledger has it. A row that storage refused is a letter by the name of its table and its own. */
export function nameOfRow(table: string, id: string): string {
  return `${table} ${table === 'dead_letters' ? id.replace(/^sensor_[a-z]+:/, '') : id}`;
}
