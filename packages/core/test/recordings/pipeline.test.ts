import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import {
  createPipeline,
  everyRecording,
  memoryStorage,
  memoryTransport,
  type MemoryStorage,
  type RecordingStore,
  type StorageAdapter,
} from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { fileRecordings } from '@louver/core/recordings';
import { everyCrashPoint, incarnation, manualClock, type Incarnation } from '@louver/core/testkit';
import { describe, expect, test } from 'vitest';
import { FileRecordings } from '../../src/recordings/file-recordings.js';
import { nodeFiles, type RecordingFiles } from '../../src/recordings/files.js';
import { awayStorage, folder } from '../support/faults.js';
import { lineCodec } from '../support/line-codec.js';
import { commandsOf, rig, settled, START_MS, until } from '../support/rig.js';
import { answeringStore, filesIn, observedContext, pcmOf, placeOf, refusingFiles, sha256Of } from './support.js';

/** A whole pipeline that keeps recordings in a folder of its own. */
async function keepingRig(files: RecordingFiles = nodeFiles, recordings?: RecordingStore) {
  const directory = await folder();
  const { context, clock, counted, logger } = observedContext();
  const made = rig(
    { recordings: recordings ?? new FileRecordings({ directory, files }), context },
    memoryTransport(),
    clock,
  );
  const send = (device: string, bytes: Uint8Array) => made.transport.inject(`s/${device}/audio`, bytes);
  return { ...made, directory, counted, logger, sendAudio: send };
}

const hashes = (storage: MemoryStorage): string[] => storage.rows('sensor_audio').map((row) => row.audio_hash);

describe('a pipeline that keeps recordings', () => {
  test('has a file for each row, of the bytes that the model heard', async () => {
    const { pipeline, storage, directory, sendAudio, send, published } = await keepingRig();
    await pipeline.open();
    await send('s/a/temperature', 20);
    await send('s/a/humidity', 50);
    for (let i = 0; i < 20; i++) await sendAudio('a', pcmOf(i));
    await pipeline.drain();
    expect(hashes(storage)).toHaveLength(20);
    for (const hash of hashes(storage)) {
      expect(sha256Of((await readFile(placeOf(directory, hash))).subarray(44))).toBe(hash);
    }
    expect(commandsOf(published).length).toBeGreaterThan(0);
    expect(pipeline.health()).toMatchObject({ state: 'ready', components: { recordings: { ok: true } } });
    await pipeline.close();
  });

  test('has none where nobody asked for it, and does not speak of it', async () => {
    const { pipeline } = rig();
    await pipeline.open();
    expect(pipeline.health().components).not.toHaveProperty('recordings');
    await pipeline.close();
  });

  test('of a hundred devices that send the same has one file and a hundred rows', async () => {
    const { pipeline, storage, directory, sendAudio } = await keepingRig();
    await pipeline.open();
    await Promise.all(Array.from({ length: 100 }, (_, i) => sendAudio(`d${i}`, pcmOf(7))));
    await pipeline.drain();
    expect(hashes(storage)).toHaveLength(100);
    expect(await filesIn(directory)).toHaveLength(1);
    await pipeline.close();
  });

  test('writes the file first: storage never sees a row without', async () => {
    const directory = await folder();
    const memory = memoryStorage();
    const seen: boolean[] = [];
    const storage: StorageAdapter = {
      ...memory,
      async write(table, rows, options) {
        if (table === 'sensor_audio') {
          for (const row of rows as readonly { audio_hash: string }[]) {
            seen.push(existsSync(placeOf(directory, row.audio_hash)));
          }
        }
        return memory.write(table, rows, options);
      },
    };
    const { pipeline, transport } = rig({ storage, recordings: fileRecordings(directory) });
    await pipeline.open();
    for (let i = 0; i < 50; i++) await transport.inject('s/a/audio', pcmOf(i));
    await pipeline.drain();
    expect(seen).toEqual(Array.from({ length: 50 }, () => true));
    await pipeline.close();
  });

  test('keeps more than it may hold in memory at a time', async () => {
    const { pipeline, storage, directory, sendAudio, counted } = await keepingRig();
    await pipeline.open();
    for (let i = 0; i < 40; i++) await sendAudio('a', pcmOf(i, 1024 * 1024));
    await pipeline.drain();
    expect(hashes(storage)).toHaveLength(40);
    expect(await filesIn(directory)).toHaveLength(40);
    expect(counted.get('recordings_postponed_total') ?? 0).toBeGreaterThan(0);
    await pipeline.close();
  });

  test('that are too odd to be analysed all the same', async () => {
    const { storage, directory, pipeline, sendAudio } = await keepingRig();
    await pipeline.open();
    await sendAudio('a', pcmOf(1, 7));
    await pipeline.drain();
    expect(storage.rows('sensor_audio').map(({ features }) => features)).toEqual(['{"error":"E_FEATURES"}']);
    expect(await filesIn(directory)).toHaveLength(1);
    await pipeline.close();
  });
});

describe('while recordings cannot be kept', () => {
  test('rows wait for a disk that is mended within 10 s, and have their files; readings do not wait', async () => {
    const { files, faults } = refusingFiles();
    const { pipeline, storage, directory, sendAudio, send, clock, counted } = await keepingRig(files);
    await pipeline.open();
    faults.code = 'ENOSPC';
    await sendAudio('a', pcmOf(1));
    await send('s/a/temperature', 20);
    await until(() => storage.rows('sensor_temperature').length === 1, advanced(clock, 10));
    await until(() => pipeline.health().state === 'degraded');
    expect(pipeline.health().reasons).toEqual([
      `recordings: E_RECORDING_IO: recordings cannot be kept in ${directory}: ENOSPC: refused, write. ` +
        'Free or add space on that disk, or keep recordings for a shorter time.',
    ]);
    expect(hashes(storage)).toEqual([]);
    faults.code = undefined;
    // The longest that it waits between two attempts.
    await clock.advance(2_000);
    await until(() => pipeline.health().state === 'ready');
    await pipeline.drain();
    expect([hashes(storage).length, (await filesIn(directory)).length]).toEqual([1, 1]);
    expect(counted.get('recordings_not_kept_total')).toBeUndefined();
    expect(clock.now() - START_MS).toBeLessThan(10_000);
    await pipeline.close();
  });

  test('for longer, rows are stored without them, the later ones at once, and it is counted and said', async () => {
    const { store, faults, kept } = answeringStore();
    const { pipeline, storage, sendAudio, clock, counted, logger } = await keepingRig(nodeFiles, store);
    await pipeline.open();
    faults.away = true;
    for (let i = 0; i < 5; i++) await sendAudio('a', pcmOf(i));
    await until(() => hashes(storage).length === 5, advanced(clock, 500));
    expect(clock.now() - START_MS).toBeGreaterThanOrEqual(10_000);
    expect(clock.now() - START_MS).toBeLessThan(15_000);
    expect(counted.get('recordings_not_kept_total')).toBe(5);
    const lateMs = clock.now();
    for (let i = 5; i < 10; i++) await sendAudio('a', pcmOf(i));
    await pipeline.drain();
    expect([hashes(storage).length, clock.now()]).toEqual([10, lateMs]);
    faults.away = false;
    await sendAudio('a', pcmOf(11));
    await pipeline.drain();
    expect([...kept]).toEqual([sha256Of(pcmOf(11))]);
    expect(pipeline.health().state).toBe('ready');
    const said = logger.lines.filter(({ message }) => message.startsWith('recording'));
    expect(said.map(({ message }) => message)).toEqual(['recording not kept', 'recordings are kept again']);
    expect(said[1]?.fields).toMatchObject({ notKept: 10 });
    await pipeline.close();
  });

  test('it is noticed that a disk is mended although no recording comes any more', async () => {
    const { store, faults, kept } = answeringStore();
    const { pipeline, storage, sendAudio, clock } = await keepingRig(nodeFiles, store);
    await pipeline.open();
    faults.away = true;
    for (let i = 0; i < 3; i++) await sendAudio('a', pcmOf(i));
    await until(() => hashes(storage).length === 3, advanced(clock, 500));
    await clock.advance(60_000);
    expect(pipeline.health().state).toBe('degraded');
    faults.away = false;
    await clock.advance(5_000);
    await settled();
    expect(pipeline.health().state).toBe('ready');
    // The last one is there after all.
    expect([...kept]).toEqual([sha256Of(pcmOf(2))]);
    await pipeline.close();
  });

  test('a disk that has room for one now and then does not make the others wait anew', async () => {
    const { store, faults } = answeringStore();
    const { pipeline, storage, sendAudio, clock } = await keepingRig(nodeFiles, store);
    await pipeline.open();
    faults.away = true;
    await sendAudio('a', pcmOf(0));
    await until(() => hashes(storage).length === 1, advanced(clock, 500));
    faults.away = false;
    await sendAudio('a', pcmOf(1));
    await pipeline.drain();
    faults.away = true;
    const atMs = clock.now();
    await sendAudio('a', pcmOf(2));
    await pipeline.drain();
    expect([hashes(storage).length, clock.now()]).toEqual([3, atMs]);
    // A minute later it is another outage, in which rows wait again.
    faults.away = false;
    await sendAudio('a', pcmOf(3));
    await pipeline.drain();
    await clock.advance(60_000);
    faults.away = true;
    await sendAudio('a', pcmOf(4));
    await clock.advance(5_000);
    await settled();
    expect(hashes(storage)).toHaveLength(4);
    await until(() => hashes(storage).length === 5, advanced(clock, 500));
    await pipeline.close();
  });

  test('those that are there already do not make the others wait for ever', async () => {
    const { store, faults } = answeringStore();
    const { pipeline, storage, sendAudio, clock } = await keepingRig(nodeFiles, store);
    await pipeline.open();
    faults.away = true;
    faults.butFor = sha256Of(pcmOf(0));
    await sendAudio('a', pcmOf(1));
    const audioOf = (n: number): number => hashes(storage).filter((hash) => hash === sha256Of(pcmOf(n))).length;
    let devices = 0;
    await until(
      () => audioOf(1) === 1,
      async () => {
        await sendAudio(`d${devices++}`, pcmOf(0));
        await advanced(clock, 500)();
      },
    );
    expect(clock.now() - START_MS).toBeLessThan(15_000);
    // The next one does not wait at all.
    await sendAudio('a', pcmOf(2));
    const atMs = clock.now();
    await pipeline.drain();
    expect([audioOf(2), audioOf(0), clock.now()]).toEqual([1, devices, atMs]);
    await pipeline.close();
  });

  test('a store that hangs is given up, and holds up nobody for longer than its patience', async () => {
    const hanging: RecordingStore = {
      name: 'hanging',
      async open() {},
      async close() {},
      keep: () => new Promise(() => undefined),
    };
    const { pipeline, storage, sendAudio, clock } = await keepingRig(nodeFiles, hanging);
    await pipeline.open();
    await sendAudio('a', pcmOf(1));
    await until(() => hashes(storage).length === 1, advanced(clock, 500));
    expect(pipeline.health().reasons).toEqual([
      'recordings: E_TIMEOUT: hanging: keeping 64 bytes took longer than 10000 ms and was given up',
    ]);
    const laterMs = clock.now();
    await sendAudio('a', pcmOf(2));
    await until(() => hashes(storage).length === 2, advanced(clock, 100));
    expect(clock.now() - laterMs).toBeLessThanOrEqual(2_000);
    await pipeline.close();
  });

  test('one whose hash is none is stored without, and nothing waits for it', async () => {
    const codec = lineCodec();
    const nameless: typeof codec = {
      ...codec,
      decode: (message) =>
        codec.decode(message).map((event) => {
          return event.kind === 'waveform' ? { ...event, recording: { ...event.recording, sha256: '../x' } } : event;
        }),
    };
    const directory = await folder();
    const { pipeline, storage, transport, clock } = rig({ codec: nameless, recordings: fileRecordings(directory) });
    await pipeline.open();
    await transport.inject('s/a/audio', pcmOf(1));
    await pipeline.drain();
    expect([hashes(storage), clock.now()]).toEqual([['../x'], START_MS]);
    expect(pipeline.health().state).toBe('ready');
    await pipeline.close();
  });
});

test('what was not stored when it closed is kept by the next run', async () => {
  const [directory, journal] = [await folder(), await folder()];
  const overrides = { durability: 'journal', recordings: fileRecordings(directory) } as const;
  const { files } = refusingFiles('ENOSPC');
  const first = rig({
    ...overrides,
    journal: fileJournal(journal),
    storage: awayStorage().storage,
    recordings: new FileRecordings({ directory, files }),
  });
  await first.pipeline.open();
  await first.transport.inject('s/a/audio', pcmOf(1));
  await first.pipeline.close();
  expect(await filesIn(directory)).toEqual([]);
  const second = rig({ ...overrides, journal: fileJournal(journal) });
  await second.pipeline.open();
  await second.pipeline.drain();
  expect(hashes(second.storage)).toEqual([sha256Of(pcmOf(1))]);
  expect(await filesIn(directory)).toHaveLength(1);
  await second.pipeline.close();
});

test('wherever it dies, each row that is stored has its file, whole', { timeout: 120_000 }, async () => {
  const sent = [pcmOf(1), pcmOf(2), pcmOf(1)];

  /** Recordings in, rows and files out, over what outlives a crash. */
  async function run(life: Incarnation, directory: string, storage: MemoryStorage, unsent: Set<number>): Promise<void> {
    const memory = memoryTransport();
    const files: RecordingFiles = {
      ...nodeFiles,
      makeFolder: (path) => life.step('makeFolder', () => nodeFiles.makeFolder(path)),
      async write(path, pieces, ms) {
        // A process may die within it.
        await life.step('write some', () => nodeFiles.write(path, [pieces[0]!.subarray(0, 9)], ms));
        await life.look(() => nodeFiles.remove(path));
        await life.step('write', () => nodeFiles.write(path, pieces, ms));
      },
      move: (from, to) => life.step('move', () => nodeFiles.move(from, to)),
      touch: (path, ms) => life.step('touch', () => nodeFiles.touch(path, ms)),
      syncFolder: (path) => life.step('sync', () => nodeFiles.syncFolder(path)),
      remove: (path) => life.look(() => nodeFiles.remove(path)),
      state: (path) => life.look(() => nodeFiles.state(path)),
    };
    const recordings = new FileRecordings({ directory, files });
    const pipeline = createPipeline({
      transport: life.transport(memory),
      codec: lineCodec(),
      storage: life.storage(storage),
      recordings,
      detector: everyRecording(),
      durability: 'storage',
      context: { clock: manualClock(START_MS), random: () => 0.5 },
    });
    await life.live(async () => {
      await pipeline.open();
      const sending = [...unsent].map(async (n) => {
        await memory.inject(`s/d${n}/audio`, sent[n]!);
        unsent.delete(n);
      });
      await Promise.all([...sending, pipeline.idle().then(() => pipeline.drain())]);
      await pipeline.close();
    });
  }

  async function check(directory: string, storage: MemoryStorage): Promise<void> {
    for (const hash of hashes(storage)) {
      expect(sha256Of((await readFile(placeOf(directory, hash))).subarray(44))).toBe(hash);
    }
  }

  const all = () => new Set(sent.keys());
  const rehearsal = await folder();
  const points = await everyCrashPoint((life) => run(life, rehearsal, memoryStorage(), all()));
  const names = points.map(({ name }) => name);
  for (const name of [
    'write some (after)',
    'write (after)',
    'move (after)',
    'sync (before)',
    'storage.write sensor_audio (before)',
  ])
    expect(names).toContain(name);
  let crashed = 0;
  for (const point of points) {
    const [directory, storage, unsent] = [await folder(), memoryStorage(), all()];
    const life = point.incarnation();
    await run(life, directory, storage, unsent);
    if (life.crashed) crashed++;
    await check(directory, storage);
    await run(incarnation(), directory, storage, unsent);
    await check(directory, storage);
    expect([point.name, hashes(storage).sort()]).toEqual([point.name, sent.map(sha256Of).sort()]);
  }
  expect(crashed).toBeGreaterThan(points.length / 2);
});

/** Moves the clock while something is waited for. */
function advanced(clock: ReturnType<typeof manualClock>, ms: number): () => Promise<void> {
  return async () => {
    await settled(5);
    await clock.advance(ms);
  };
}
