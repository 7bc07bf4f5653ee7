import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContext, encodeWav16, memoryStorage } from '@louver/core';
import { everyCrashPoint, incarnation, sampled, type CrashPoint } from '@louver/core/testkit';
import { esp32Topics, seededRandom } from '@louver/device-esp32';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { START_MS, type Sent } from './support/crash-messages.js';
import { nameOfRow, TABLES_WITH_IDS, World } from './support/crash-world.js';
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
