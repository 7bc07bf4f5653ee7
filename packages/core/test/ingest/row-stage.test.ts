import { cp } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  LouverError,
  memoryStorage,
  memoryTransport,
  remoteEngine,
  type FeatureExtractor,
  type Journal,
  type JournalEntry,
  type InboundEvent,
  type InboundMessage,
} from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { describe, expect, test } from 'vitest';
import { lineCodec } from '../support/line-codec.js';
import { awayStorage, folder } from '../support/faults.js';
import { rig, settled, START_MS, until } from '../support/rig.js';
import { loudnessFeatures } from '../support/test-parts.js';

describe('rows that storage refuses', () => {
  test('one that dead_letters refuses too does not block its table', async () => {
    const memory = memoryStorage();
    const { pipeline, send } = rig({
      storage: {
        ...memory,
        async write(table, rows) {
          const refused = table === 'dead_letters' || rows.some((row) => 'value' in row && row.value === 13);
          if (refused) throw new LouverError('E_STORAGE_REJECTED', 'this row is not liked');
          return memory.write(table, rows);
        },
      },
    });
    await pipeline.open();
    await send('s/a/temperature', 13);
    await send('s/a/temperature', 14);
    await pipeline.drain();
    expect(memory.rows('sensor_temperature').map(({ value }) => value)).toEqual([14]);
    await pipeline.close();
  });

  test('their letters and those of messages are written one batch at a time, each once, also after a failure', async () => {
    const memory = memoryStorage();
    let running = 0;
    let most = 0;
    let failures = 1;
    const { pipeline, transport, send, clock } = rig({
      storage: {
        ...memory,
        async write(table, rows) {
          if (rows.some((row) => 'value' in row && row.value === 13)) {
            throw new LouverError('E_STORAGE_REJECTED', 'this row is not liked');
          }
          if (table !== 'dead_letters') {
            if (table === 'sensor_temperature' && failures-- > 0) throw new LouverError('E_STORAGE_UNAVAILABLE', 'cut');
            return memory.write(table, rows);
          }
          most = Math.max(most, ++running);
          await settled(5);
          running--;
          return memory.write(table, rows);
        },
      },
    });
    await pipeline.open();
    await send('s/a/temperature', 13);
    await transport.inject('s/a/temperature', 'nonsense');
    await send('s/a/temperature', 13, START_MS + 1);
    await send('s/a/temperature', 14, START_MS + 2);
    for (let i = 0; i < 20; i++) {
      await settled();
      await clock.advance(1000);
    }
    await pipeline.drain();
    expect(most).toBe(1);
    const codes = memory.rows('dead_letters').map(({ code }) => code);
    expect(codes.sort()).toEqual(['not-json', 'storage-rejected', 'storage-rejected']);
    expect(memory.rows('sensor_temperature').map(({ value }) => value)).toEqual([14]);
    await pipeline.close();
  });
});

test('an event that no row can be made of is a dead letter, its neighbours are stored', async () => {
  const inner = lineCodec();
  // As a codec of somebody else's may have it: no command, no id.
  const codec = {
    ...inner,
    decode(message: InboundMessage): readonly InboundEvent[] {
      const events = inner.decode(message);
      if (message.topic === 's/a/nothing') return [{ ...events[0], kind: 'command-seen' } as never];
      return message.topic === 's/a/nameless' ? [{ ...events[0], messageId: undefined } as never] : events;
    },
  };
  const { pipeline, send, storage } = rig({ codec });
  await pipeline.open();
  for (const name of ['nothing', 'nameless', 'temperature']) await send(`s/a/${name}`, 14);
  await pipeline.drain();
  expect(storage.rows('sensor_temperature').map(({ value }) => value)).toEqual([14]);
  const letters = storage.rows('dead_letters').map(({ topic, code }) => [topic, code]);
  expect(letters).toEqual([
    ['s/a/nothing', 'wrong-type'],
    ['s/a/nameless', 'wrong-type'],
  ]);
  await pipeline.close();
});

describe('bounds', () => {
  const slowly = (analyse: () => Promise<void>): FeatureExtractor => ({
    ...loudnessFeatures(),
    async extract() {
      await analyse();
      return { values: Float64Array.of(1, 2, 3), extras: {} };
    },
  });

  test('recordings that wait for their analysis are bounded by bytes; all are stored in the end', async () => {
    const release: (() => void)[] = [];
    let decoded = 0;
    const codec = lineCodec();
    const { pipeline, transport, storage } = rig({
      engine: undefined as never,
      features: slowly(() => new Promise((resolve) => release.push(resolve))),
      // The live path has its own, shared decoding: only what is made of a message a second time would count twice.
      codec: { ...codec, decode: (message) => (decoded++, codec.decode(message)) },
    });
    await pipeline.open();
    for (let i = 0; i < 60; i++) {
      const payload = new Uint8Array(1024 * 1024);
      payload[0] = i;
      void transport.inject('s/a/audio', payload);
    }
    await settled(100);
    expect(release.length).toBe(8);
    expect(decoded).toBeGreaterThanOrEqual(60);
    const drained = pipeline.drain();
    while (storage.rows('sensor_audio').length < 60) {
      release.shift()?.();
      await settled(2);
    }
    await drained;
    await pipeline.close();
  });

  test('commands of others that wait for what storage knows of them are bounded too', async () => {
    const { storage, faults, memory } = awayStorage();
    const transport = memoryTransport();
    const journal = fileJournal(await folder());
    let read = 0;
    const reading = journal.read.bind(journal);
    journal.read = async function* (options) {
      for await (const entries of reading(options)) {
        for (const entry of entries) {
          if (options.follow) read++;
          yield [entry];
        }
      }
    };
    const engine = remoteEngine({ transport, codec: lineCodec() });
    const batch = { maxPendingRows: 10 };
    const { pipeline, clock } = rig({ storage, journal, durability: 'journal', engine, batch }, transport);
    await pipeline.open();
    for (let i = 0; i < 100; i++) {
      const featuresUsed = { temperature: 20, humidity: 50, audioFeatures: [] };
      const command = { timestampMs: START_MS + i, position: 50, confidence: 1, featuresUsed };
      await transport.inject('w/a', JSON.stringify(command));
    }
    await settled();
    expect(read).toBeLessThanOrEqual(11);
    faults.away = false;
    await clock.advance(60_000);
    await pipeline.drain();
    expect(memory.rows('window_actions')).toHaveLength(100);
    await pipeline.close();
  });

  test.each([
    ['new ones', 100],
    ['repetitions of one', 1],
  ])('at maxPendingRows the journal is not read on, and is again when there is room (%s)', async (_what, different) => {
    const { storage, faults, memory } = awayStorage();
    const directory = await folder();
    const settings = {
      durability: 'journal',
      batch: { maxPendingRows: 10, maxRows: 5 },
      engine: undefined as never,
    } as const;
    const journal = fileJournal(directory);
    const { pipeline, send, clock } = rig({ storage, journal, ...settings });
    let read = 0;
    const reading = journal.read.bind(journal);
    journal.read = async function* (options) {
      for await (const entries of reading(options)) {
        if (!options.follow) {
          yield entries;
          continue;
        }
        for (const entry of entries) {
          read++;
          yield [entry];
        }
      }
    };
    await pipeline.open();
    for (let i = 0; i < 100; i++) await send('s/a/temperature', i % different, START_MS + (i % different));
    await settled();
    expect(read).toBeLessThanOrEqual(11);
    faults.away = false;
    await clock.advance(60_000);
    await pipeline.drain();
    expect(memory.rows('sensor_temperature').map(({ value }) => value)).toEqual(
      Array.from({ length: different }, (_, i) => i),
    );
    await pipeline.close();
  });

  test('an extractor given beside the engine has the same line and the same deadline', async () => {
    const { pipeline, transport, storage, clock } = rig({
      engine: undefined as never,
      features: slowly(() => new Promise(() => {})),
    });
    await pipeline.open();
    await transport.inject('s/a/audio', new Uint8Array(64));
    await settled();
    await clock.advance(10_000);
    await pipeline.drain();
    expect(storage.rows('sensor_audio').map(({ features }) => features)).toEqual(['{"error":"E_TIMEOUT"}']);
    await pipeline.close();
  });
});

describe('durability storage', () => {
  test('a repetition is not acknowledged before its original is stored', async () => {
    const { storage, faults, memory } = awayStorage();
    const { pipeline, send, clock } = rig({ storage, durability: 'storage' });
    await pipeline.open();
    let acknowledged = 0;
    for (let i = 0; i < 2; i++) {
      void send('s/a/temperature', 20, START_MS).then(() => acknowledged++);
      await settled();
    }
    expect(acknowledged).toBe(0);
    faults.away = false;
    await clock.advance(30_000);
    expect(acknowledged).toBe(2);
    expect(memory.rows('sensor_temperature')).toHaveLength(1);
    await pipeline.close();
  });

  test.each(['memory', 'file'])('a message without rows is acknowledged (%s journal)', async (kind) => {
    const codec = lineCodec();
    const { pipeline, transport } = rig({
      durability: 'storage',
      codec: {
        ...codec,
        decode: (message): readonly InboundEvent[] => (message.topic === 's/a/none' ? [] : codec.decode(message)),
      },
      ...(kind === 'file' && { journal: fileJournal(await folder()) }),
    });
    await pipeline.open();
    for (let i = 0; i < 5; i++) {
      expect(await transport.inject('s/a/none', String(i))).toMatchObject({ level: 'storage' });
    }
    await pipeline.close();
  });
});

test('a journal that cannot be read for a moment: health says so, and storing goes on from there', async () => {
  const inner = fileJournal(await folder());
  let fails = 1;
  async function* failing(options: Parameters<Journal['read']>[0]): AsyncGenerator<readonly JournalEntry[]> {
    for await (const entries of inner.read(options)) {
      yield entries;
      if (options.follow && fails-- > 0) throw new Error('EIO: i/o error, read');
    }
  }
  const journal = new Proxy(inner, {
    get(target, member) {
      if (member === 'read') return failing;
      const value: unknown = Reflect.get(target, member, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const { pipeline, storage, send, clock } = rig({ journal });
  await pipeline.open();
  await send('s/a/temperature', 1);
  await until(() => !pipeline.health().components.journal.ok);
  expect(pipeline.health().reasons.join()).toContain('EIO');
  await send('s/a/temperature', 2);
  await until(
    () => storage.rows('sensor_temperature').length === 2,
    () => clock.advance(100),
  );
  expect(storage.rows('sensor_temperature').map(({ value }) => value)).toEqual([1, 2]);
  expect(pipeline.health().components.journal).toEqual({ ok: true });
  await pipeline.close();
});

describe('recordings that come faster than they are analysed', () => {
  const CLIP = Buffer.alloc(1024 * 1024, 1);

  /** Takes its time until it is told to hurry. */
  function slowFeatures() {
    const inner = loudnessFeatures();
    const gate = { open: () => {} };
    const opened = new Promise<void>((resolve) => (gate.open = resolve));
    let running = 0;
    const most = { running: 0 };
    const features: FeatureExtractor = {
      ...inner,
      async extract(recording) {
        most.running = Math.max(most.running, ++running);
        await opened;
        running--;
        return inner.extract(recording);
      },
    };
    return { features, gate, most };
  }

  test('stay in the journal, bounded in memory, and hold up nobody; each is stored in the end', async () => {
    const { features, gate, most } = slowFeatures();
    const journal = fileJournal(await folder());
    const { pipeline, transport, storage, send, clock } = rig({ features, journal, engine: undefined as never });
    await pipeline.open();
    for (let i = 0; i < 60; i++) {
      CLIP.writeUInt32LE(i);
      await transport.inject('s/a/audio', Buffer.from(CLIP));
      if (i % 10 === 0) await send('s/a/temperature', i);
    }
    await send('s/a/temperature', 60);
    await until(
      () => storage.rows('sensor_temperature').length === 7,
      // Not so far that an analysis is given up.
      () => (clock.now() < START_MS + 5_000 ? clock.advance(50) : settled(1)),
    );
    expect(storage.rows('sensor_audio')).toEqual([]);
    // 1 MiB as it came and 1 MiB decoded, each.
    expect(most.running).toBeLessThanOrEqual(9);
    gate.open();
    await pipeline.drain();
    expect(new Set(storage.rows('sensor_audio').map((row) => row.audio_hash)).size).toBe(60);
    expect(storage.rows('sensor_audio')).toHaveLength(60);
    await pipeline.close();
  });

  test('are stored after a restart when their turn had not come; a repetition makes no second row', async () => {
    const { features, gate } = slowFeatures();
    const directory = await folder();
    const before = rig({ features, journal: fileJournal(directory), engine: undefined as never });
    await before.pipeline.open();
    const clips = Array.from({ length: 12 }, (_, i) => Buffer.alloc(CLIP.length, i));
    for (const clip of [...clips, ...clips]) await before.transport.inject('s/a/audio', clip);
    await before.pipeline.idle();
    // What a kill at this moment leaves.
    const left = await folder();
    await cp(directory, left, { recursive: true, filter: (path) => !basename(path).startsWith('lock') });
    gate.open();
    await before.pipeline.close();
    const storage = memoryStorage();
    const after = rig({ storage, journal: fileJournal(left), engine: undefined as never });
    await after.pipeline.open();
    await after.pipeline.drain();
    expect(storage.rows('sensor_audio')).toHaveLength(clips.length);
    await after.pipeline.close();
  });
});
