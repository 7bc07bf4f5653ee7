import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContext, memoryStorage, type MemoryStorage, type StorageAdapter } from '@louver/core';
import { everyCrashPoint, faultyStorage, incarnation, sampled, type CrashPoint } from '@louver/core/testkit';
import { seededRandom } from '@louver/device-esp32';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedHarness, type Harness } from '../packages/storage-clickhouse/test/support/harness.js';
import { REFUSED } from './support/crash-messages.js';
import { nameOfRow, TABLES_WITH_IDS, World } from './support/crash-world.js';
import { filesWithFuneral } from './support/handles.js';
import { SimulatedDisk } from './support/simulated-disk.js';
import { SEED, tiered } from './support/tier.js';

const random = seededRandom(SEED);
let folder: string;
let worlds = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-r04-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const aMillisecond = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

interface Universe {
  readonly world: World;
  readonly disk: SimulatedDisk;
  problems(): Promise<readonly string[]>;
}

function refusing(storage: StorageAdapter): StorageAdapter {
  const faulty = faultyStorage(storage);
  faulty.fail({ how: 'reject', rows: (row) => 'value' in row && row.value === REFUSED });
  return faulty;
}

function idsIn(memory: MemoryStorage): readonly string[] {
  return TABLES_WITH_IDS.flatMap(({ table, id }) =>
    memory.rows(table).map((row) => nameOfRow(table, String((row as unknown as Record<string, unknown>)[id]))),
  );
}

async function inMemory(): Promise<Universe> {
  const disk = new SimulatedDisk();
  const memory = memoryStorage();
  await memory.open(defaultContext());
  const world = new World({
    folder: join(folder, String(worlds++)),
    storage: refusing(memory),
    files: (path) => disk.files(path),
  });
  return { world, disk, problems: () => world.problems(async () => idsIn(memory)) };
}

const pointsOf = (universe: () => Promise<Universe>): Promise<readonly CrashPoint[]> =>
  everyCrashPoint(async (life) => (await universe()).world.live(life));

interface Course {
  readonly points: readonly CrashPoint[];
  readonly universe?: () => Promise<Universe>;
  /** After the first crash. */
  readonly meanwhile?: (universe: Universe, crashed: CrashPoint) => Promise<void> | void;
}

/** Crashes at each point, goes on, and compares what was acknowledged with what is stored. */
async function crashAtEach(what: string, { points, universe = inMemory, meanwhile }: Course): Promise<void> {
  const wrong: string[] = [];
  let crashed = 0;
  for (const point of points) {
    const found = await universe();
    const life = point.incarnation();
    await found.world.live(life);
    if (life.crashed) crashed++;
    await meanwhile?.(found, point);
    await found.world.live(incarnation());
    for (const problem of await found.problems()) wrong.push(`${point.step} ${point.name}: ${problem}`);
  }
  console.info(`R4: ${what}: ${crashed} crashes at ${points.length} points, ${wrong.length} wrong (seed ${SEED})`);
  expect(wrong).toEqual([]);
  // A life that takes its steps in another order, or one fewer, may miss its point.
  expect(crashed).toBeGreaterThan(points.length / 2);
}

describe('on a simulated disk', () => {
  test('R4: without a crash all is there, once', async () => {
    const { world, problems } = await inMemory();
    await world.live(incarnation());
    expect(await problems()).toEqual([]);
    await world.live(incarnation());
    expect(await problems()).toEqual([]);
  });

  test('R4: killed at every step', async () => {
    await crashAtEach('killed', { points: await pointsOf(inMemory) });
  });

  test('R4: without power from every step on', async () => {
    await crashAtEach('power cut', { points: await pointsOf(inMemory), meanwhile: ({ disk }) => disk.cutPower() });
  });

  test('R4: without power, and with a torn end', async () => {
    const points = sampled(await pointsOf(inMemory), tiered(100, 1000), random);
    await crashAtEach('torn by a power cut', { points, meanwhile: ({ disk }) => disk.cutPower(random) });
  });

  test('R4: killed before the name or the content of a segment is synced, and without power when it has gone on with it', async () => {
    const points = (await pointsOf(inMemory)).filter(({ name }) => /^file\.(create|write) \(after\)$/.test(name));
    await crashAtEach('gone on with', {
      points,
      async meanwhile({ world, disk }) {
        await world.live(incarnation({ crashAt: 90 }));
        disk.cutPower();
      },
    });
  });

  test('R4: again while it recovers', async () => {
    const all = await pointsOf(inMemory);
    await crashAtEach('twice', {
      points: sampled(all, tiered(60, 3000), random),
      async meanwhile({ world, disk }, { step }) {
        for (let more = random() < 0.5 ? 1 : 2; more > 0; more--) {
          if (random() < 0.5) disk.cutPower();
          await world.live(incarnation({ crashAt: 1 + Math.floor(random() * (all.length - step + 40)) }));
        }
      },
    });
  });
});

describe('on a real disk', () => {
  async function onDisk(): Promise<Universe> {
    const memory = memoryStorage();
    await memory.open(defaultContext());
    const { files, bury } = filesWithFuneral();
    const home = join(folder, String(worlds++));
    const journalFolder = join(home, 'journal');
    const world = new World({
      folder: home,
      storage: refusing(memory),
      files: () => files,
      journalFolder,
      bury,
      turn: aMillisecond,
    });
    return { world, disk: new SimulatedDisk(), problems: () => world.problems(async () => idsIn(memory)) };
  }

  test('R4: killed', async () => {
    const points = sampled(await pointsOf(onDisk), tiered(40, 400), random);
    await crashAtEach('killed, real files', { points, universe: onDisk });
  });
});

describe('with a real database', () => {
  let harness: Harness;
  let storage: StorageAdapter;

  beforeAll(async () => {
    harness = await embeddedHarness(join(folder, 'clickhouse'));
    storage = harness.storage();
    await storage.open(defaultContext());
  });
  afterAll(async () => {
    await storage.close();
    await harness.close();
  });

  async function withDatabase(): Promise<Universe> {
    const disk = new SimulatedDisk();
    const number = worlds++;
    const prefix = `w${number}-`;
    const world = new World({
      folder: join(folder, String(number)),
      storage: refusing(storage),
      files: (path) => disk.files(path),
      prefix,
      turn: aMillisecond,
    });
    const sql = TABLES_WITH_IDS.map(
      ({ table, id }) =>
        `SELECT '${table}' AS table, ${id} AS id FROM iot.${table} WHERE startsWith(device_id, '${prefix}')`,
    ).join(' UNION ALL ');
    const ids = async (): Promise<readonly string[]> =>
      (await harness.sql(sql)).map((row) => nameOfRow(String(row['table']), String(row['id'])));
    return { world, disk, problems: () => world.problems(ids) };
  }

  test('R4: killed', async () => {
    const points = sampled(await pointsOf(withDatabase), tiered(12, 200), random);
    await crashAtEach('killed, chdb', { points, universe: withDatabase });
  });
});
