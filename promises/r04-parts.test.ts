import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createPipeline,
  defaultContext,
  encodeWav16,
  everyRecording,
  memoryStorage,
  memoryTransport,
  type MemoryStorage,
} from '@louver/core';
import {
  everyCrashPoint,
  incarnation,
  manualClock,
  sampled,
  type CrashPoint,
  type Incarnation,
} from '@louver/core/testkit';
import { esp32Codec, esp32Topics, seededRandom } from '@louver/device-esp32';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FileJournal } from '../packages/core/src/journal/file-journal.js';
import { START_MS, type Sent } from './support/crash-messages.js';
import { nameOfRow, TABLES_WITH_IDS, World } from './support/crash-world.js';
import { mortalFiles } from './support/mortal-files.js';
import { SimulatedDisk } from './support/simulated-disk.js';
import { SEED, tiered } from './support/tier.js';

const random = seededRandom(SEED);
const topics = esp32Topics();
let folder: string;
let worlds = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-r04-parts-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A recording in parts of `step` bytes, as its device sends it. */
function parts(deviceId: string, file: string, seq: number | undefined, step: number): readonly Sent[] {
  const wav = encodeWav16(
    Int16Array.from({ length: 200 }, (_, i) => 40 * i + (seq ?? 0)),
    16_000,
  );
  const sha256 = createHash('sha256').update(wav).digest('hex');
  const timestamp = new Date(START_MS - 1000).toISOString();
  const init = Buffer.from(JSON.stringify({ timestamp, ...(seq !== undefined && { boot: 3, seq }) }));
  const initTopic = topics.recordingPart(deviceId, { file, part: { type: 'init' } });
  const half = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex').slice(0, 32);
  const ofContent = half(`${half(Buffer.concat([Buffer.from(`${initTopic}\0`), init]))}\0${sha256}`);
  const rows = [`sensor_audio ${seq === undefined ? ofContent : `${deviceId}:3:${seq}`}`];
  const sent: Sent[] = [{ topic: initTopic, payload: init, rows }];
  for (let offset = 0; offset < wav.length; offset += step) {
    const topic = topics.recordingPart(deviceId, { file, part: { type: 'bytes', offset } });
    sent.push({ topic, payload: wav.slice(offset, offset + step), rows });
  }
  const end = { type: 'end', size: wav.length, sha256 } as const;
  return [...sent, { topic: topics.recordingPart(deviceId, { file, part: end }), payload: new Uint8Array(0), rows }];
}

/** Two devices at the same time, one of them twice; parts out of order, twice, and all of a recording again. */
function waves(): readonly (readonly Sent[])[] {
  const [a, b, late] = [parts('a', 'one', 1, 100), parts('b', 'one', undefined, 150), parts('a', 'two', 2, 200)];
  return [
    [a[0]!, b[2]!, a[1]!, b.at(-1)!, a[3]!, a[2]!, a[2]!],
    [b[0]!, ...a.slice(4), b[1]!, b[2]!, late[1]!],
    [...b.slice(3, -1), ...late, ...a],
  ];
}

async function universe() {
  const disk = new SimulatedDisk();
  const memory = memoryStorage();
  await memory.open(defaultContext());
  const home = join(folder, String(worlds++));
  const world = new World({
    folder: home,
    storage: memory,
    files: (path) => disk.files(path),
    messages: waves(),
    withEngine: false,
  });
  const ids = () =>
    TABLES_WITH_IDS.flatMap(({ table, id }) =>
      memory.rows(table).map((row) => nameOfRow(table, String((row as unknown as Record<string, unknown>)[id]))),
    );
  return { world, disk, problems: () => world.problems(async () => ids()) };
}

async function crashAtEach(points: readonly CrashPoint[], power: 'kept' | 'cut'): Promise<void> {
  const wrong: string[] = [];
  let crashed = 0;
  for (const point of points) {
    const { world, disk, problems } = await universe();
    const life = point.incarnation();
    await world.live(life);
    if (life.crashed) crashed++;
    if (power === 'cut') disk.cutPower();
    await world.live(incarnation());
    for (const problem of await problems()) wrong.push(`${point.step} ${point.name}: ${problem}`);
  }
  console.info(`R4: recordings in parts, power ${power}: ${crashed} crashes at ${points.length} points, seed ${SEED}`);
  expect(wrong).toEqual([]);
  // A life that takes its steps in another order, or one fewer, may miss its point.
  expect(crashed).toBeGreaterThan(points.length / 2);
}

test('R4: recordings in parts are one row each without a crash, also when all of it comes again', async () => {
  const { world, problems } = await universe();
  await world.live(incarnation());
  expect(await problems()).toEqual([]);
  await world.live(incarnation());
  expect(await problems()).toEqual([]);
});

test.each(['kept', 'cut'] as const)('R4: recordings in parts, killed at every step, power %s', async (power) => {
  const points = await everyCrashPoint(async (life) => (await universe()).world.live(life));
  await crashAtEach(power === 'kept' ? points : sampled(points, tiered(100, 1000), random), power);
});

test('R4: a recording whose parts do not all come is one dead letter, killed at every step of giving it up', async () => {
  async function run(life: Incarnation, disk: SimulatedDisk, memory: MemoryStorage, unsent: Set<Sent>): Promise<void> {
    const directory = join(folder, `giving-up-${worlds++}`);
    // A later life is in a later time; who was given up before it does not begin again.
    const clock = manualClock(START_MS + 1_000 * worlds);
    const transport = memoryTransport();
    const pipeline = createPipeline({
      transport: life.transport(transport),
      codec: esp32Codec(),
      storage: { ...life.storage(memory), open: async () => {}, close: async () => {} },
      journal: new FileJournal({
        directory,
        maxBytes: 1024 * 1024,
        segmentBytes: 2048,
        files: mortalFiles(disk.files(directory), life),
      }),
      detector: everyRecording(),
      context: { clock, random: () => 0.5 },
    });
    await life.live(async () => {
      await pipeline.open();
      for (const part of [...unsent]) {
        await transport.inject(part.topic, part.payload);
        unsent.delete(part);
      }
      while (memory.rows('dead_letters').length === 0 && !life.crashed) {
        await clock.advance(5_000);
        await aTurn();
      }
      let isOver = false;
      const ending = pipeline.close().finally(() => (isOver = true));
      while (!isOver && !life.crashed) {
        await clock.advance(20);
        await aTurn();
      }
      await ending;
    });
  }

  const unsent = () => new Set(parts('a', 'one', 1, 200).slice(0, -1));
  const open = async (): Promise<MemoryStorage> => {
    const memory = memoryStorage();
    await memory.open(defaultContext());
    return memory;
  };
  const points = await everyCrashPoint(async (life) => run(life, new SimulatedDisk(), await open(), unsent()));
  expect(points.map(({ name }) => name)).toContain('storage.write dead_letters (after)');
  const wrong: string[] = [];
  for (const point of points) {
    const [disk, memory, left] = [new SimulatedDisk(), await open(), unsent()];
    await run(point.incarnation(), disk, memory, left);
    await run(incarnation(), disk, memory, left);
    const letters = memory.rows('dead_letters').map(({ message_id: id, detail }) => `${id} ${detail}`);
    if (letters.length !== 1) wrong.push(`${point.step} ${point.name}: ${letters.join('; ')}`);
  }
  console.info(`R4: giving up: ${points.length} points, ${wrong.length} wrong`);
  expect(wrong).toEqual([]);
});
