import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createPipeline, deadband, memoryTransport, type MemoryTransport, type Pipeline } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { faultyStorage } from '@louver/core/testkit';
import { esp32Codec } from '@louver/device-esp32';
import { expect, onTestFinished, test } from 'vitest';
import { FileStorage } from '../src/file-storage.js';
import { all, T0 } from './rows.js';

/** One life over folders that outlive it. */
async function live(
  place: string,
  storage: FileStorage,
): Promise<{ pipeline: Pipeline; transport: MemoryTransport; faults: ReturnType<typeof faultyStorage> }> {
  const transport = memoryTransport();
  const faults = faultyStorage(storage);
  const pipeline = createPipeline({
    transport,
    codec: esp32Codec(),
    journal: fileJournal(join(place, 'journal')),
    storage: faults,
    detector: deadband({ temperature: 0.5 }),
  });
  await pipeline.open();
  return { pipeline, transport, faults };
}

const tables = (place: string): FileStorage => new FileStorage(join(place, 'tables'), { maxFileBytes: 4_096 });

function send(transport: MemoryTransport, values: readonly number[]): Promise<unknown> {
  return Promise.all(
    values.map((value) =>
      transport.inject(
        `sensor/${value < 15 ? 'kitchen' : 'bath'}/temperature`,
        JSON.stringify({ value, timestamp: new Date(T0 + value * 10_000).toISOString() }),
      ),
    ),
  );
}

test.each([
  ['before its batch is written', 'before'],
  ['after its batch is written and before anybody has heard of it', 'after'],
] as const)('what is acknowledged has one row each when the process is killed %s', async (_, when) => {
  const folder = await mkdtemp(join(tmpdir(), 'custom-storage-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [place, left] = [join(folder, 'place'), join(folder, 'left')];
  const sent = Array.from({ length: 300 }, (_each, index) => index / 10);

  const killed = await live(place, tables(place));
  await send(killed.transport, sent.slice(0, 100));
  await killed.pipeline.drain();
  killed.faults.fail({ on: 'write', table: 'sensor_temperature', how: 'hang', when });
  await send(killed.transport, sent.slice(100, 200));
  await expect.poll(() => killed.faults.calls('write', 'sensor_temperature')).toBeGreaterThan(1);
  // What a kill leaves: the files as they are now, and locks that nobody holds.
  await cp(place, left, { recursive: true, filter: (path) => !basename(path).includes('lock') });

  const storage = tables(left);
  const next = await live(left, storage);
  await send(next.transport, sent.slice(200));
  await next.pipeline.drain();
  const rows = await all(storage.reader, 'sensor_temperature');
  expect(rows.map(({ value }) => value).sort((a, b) => a - b)).toEqual(sent);
  expect(next.pipeline.health()).toMatchObject({ state: 'ready', durability: 'journal' });
  await next.pipeline.close();

  killed.faults.mend();
  await killed.pipeline.close();
});
