import {
  createPipeline,
  localEngine,
  LouverError,
  memoryStorage,
  memoryTransport,
  type PipelineOptions,
} from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { describe, expect, test } from 'vitest';
import { awayStorage, folder } from './support/faults.js';
import { rig, settled, until } from './support/rig.js';
import { linearPredictor, loudnessFeatures } from './support/test-parts.js';

describe('open and close', () => {
  async function expectFree(directory: string): Promise<void> {
    const again = rig({ journal: fileJournal(directory), durability: 'journal' });
    await again.pipeline.open();
    await again.pipeline.close();
  }

  test('an opening that fails late leaves nothing open', async () => {
    const directory = await folder();
    const journal = fileJournal(directory);
    const read = journal.read.bind(journal);
    journal.read = (options) => {
      if (!options.follow) throw new LouverError('E_JOURNAL_IO', 'cannot be read');
      return read(options);
    };
    const { pipeline } = rig({ journal, durability: 'journal' });
    await expect(pipeline.open()).rejects.toThrow('E_JOURNAL_IO');
    await pipeline.close();
    await expectFree(directory);
  });

  test('an open pipeline keeps the process, a closed one does not', async () => {
    // Only what holds the process is listed.
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const { pipeline } = rig({});
    const before = timers();
    const opening = pipeline.open();
    expect(timers()).toBe(before + 1);
    await opening;
    await pipeline.close();
    expect(timers()).toBeLessThanOrEqual(before);
  });

  test('parts that are missing are named, all at once', () => {
    const found = (): unknown => createPipeline({ transport: memoryTransport() } as unknown as PipelineOptions);
    expect(found).toThrow(/E_CONFIG: createPipeline: found no codec, no storage, no detector/);
  });

  test('closing during opening closes when it is open', async () => {
    const directory = await folder();
    const { pipeline } = rig({ journal: fileJournal(directory), durability: 'journal' });
    const opening = pipeline.open();
    await pipeline.close();
    await opening;
    expect(pipeline.health().state).toBe('stopped');
    await expectFree(directory);
    await expect(pipeline.open()).rejects.toThrow('E_NOT_OPEN');
  });

  test('one part that does not close does not keep the others open', async () => {
    const directory = await folder();
    const storage = { ...memoryStorage(), close: () => Promise.reject(new Error('still busy')) };
    const { pipeline, logger } = rig({ journal: fileJournal(directory), durability: 'journal', storage });
    await pipeline.open();
    await pipeline.close();
    expect(logger.lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'not closed' }));
    await expectFree(directory);
  });

  test('closed before the baseline was there, nothing is asked any more', async () => {
    const { pipeline, send, logger } = rig({ storage: awayStorage().storage });
    await pipeline.open();
    await send('s/a/temperature', 20);
    await send('s/a/humidity', 50);
    await pipeline.close();
    await settled();
    expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('durability storage, storage away, a command waiting for its row: closing does not wait for it', async () => {
    const { pipeline, send, clock } = rig({ storage: awayStorage().storage, durability: 'storage' });
    await pipeline.open();
    void send('s/a/temperature', 20);
    void send('s/a/humidity', 50);
    await settled();
    await clock.advance(6000);
    await pipeline.close();
    expect(pipeline.health().state).toBe('stopped');
  });

  test('a broker that hangs without being known to be away: closing gives up what it does not take', async () => {
    const memory = memoryTransport();
    let publishing = false;
    const transport: typeof memory = {
      ...memory,
      publish: (_message, signal) =>
        new Promise((_resolve, reject) => {
          publishing = true;
          signal!.addEventListener('abort', () => reject(new LouverError('E_TRANSPORT', 'aborted by its caller')));
        }),
    };
    const { pipeline, send, clock, storage } = rig({}, transport);
    await pipeline.open();
    await send('s/a/temperature', 20);
    await send('s/a/humidity', 50);
    await until(
      () => publishing,
      () => clock.advance(1_000),
    );
    let closed = false;
    void pipeline.close().then(() => (closed = true));
    await until(
      () => closed,
      () => clock.advance(1_000),
    );
    expect(storage.rows('sensor_humidity')).toHaveLength(1);
  });
});

describe('health', () => {
  test('a table that fails is told although others do not', async () => {
    const memory = memoryStorage();
    const { pipeline, send, clock } = rig({
      storage: {
        ...memory,
        async write(table, rows) {
          if (table === 'sensor_humidity') throw new LouverError('E_STORAGE_UNAVAILABLE', 'no such table');
          return memory.write(table, rows);
        },
      },
    });
    await pipeline.open();
    await send('s/a/humidity', 50);
    await clock.advance(10_000);
    for (let i = 0; i < 5; i++) {
      await send('s/a/temperature', 20 + i);
      await clock.advance(201);
      expect(pipeline.health().reasons).toEqual([expect.stringMatching(/storage: sensor_humidity: .*no such table/)]);
    }
    await pipeline.close();
  });

  test('receiving that has ended is told', async () => {
    const transport = memoryTransport();
    const { pipeline } = rig({
      transport: {
        ...transport,
        async *receive() {
          yield [];
          throw new LouverError('E_CONFIG', 'this is no topic filter');
        },
      },
    });
    await pipeline.open();
    await settled();
    expect(pipeline.health()).toMatchObject({ state: 'degraded', components: { transport: { ok: false } } });
    await pipeline.close();
  });

  test('the extractor of the engine counts', async () => {
    const features = { ...loudnessFeatures(), health: () => ({ ok: false, reason: 'its worker has ended' }) as const };
    const { pipeline } = rig({ engine: localEngine({ features, predictor: linearPredictor() }) });
    await pipeline.open();
    expect(pipeline.health().reasons).toEqual(['engine: its worker has ended']);
    await pipeline.close();
  });
});
