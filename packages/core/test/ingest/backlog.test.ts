import { memoryStorage } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { expect, test } from 'vitest';
import { awayStorage, folder } from '../support/faults.js';
import { lineCodec } from '../support/line-codec.js';
import { rig, until } from '../support/rig.js';

test('a large backlog is read ahead little at first, and no table waits for rows that cannot come', async () => {
  const path = await folder();
  const before = rig({ storage: awayStorage().storage, journal: fileJournal(path), engine: undefined as never });
  await before.pipeline.open();
  const sent = Array.from({ length: 9_000 }, (_, i) =>
    before.send(i % 3 === 0 ? 's/a/humidity' : 's/a/temperature', i),
  );
  await Promise.all(sent);
  const goodbye = before.pipeline.close();
  await until(
    () => before.pipeline.health().state === 'stopped',
    () => before.clock.advance(1_000),
  );
  await goodbye;

  const memory = memoryStorage();
  const readAtWrite: number[] = [];
  let read = 0;
  const inner = lineCodec();
  const { pipeline } = rig({
    journal: fileJournal(path),
    engine: undefined as never,
    // What is replayed is decoded once before anything is stored.
    codec: { ...inner, decode: (message) => (read++, inner.decode(message)) },
    storage: {
      ...memory,
      async write(table, rows) {
        readAtWrite.push(read - 9_000);
        return memory.write(table, rows);
      },
    },
  });
  await pipeline.open();
  // The clock stands still: no batch is written because it has waited long enough.
  await until(() => memory.rows('sensor_temperature').length + memory.rows('sensor_humidity').length >= 8_000);
  expect(readAtWrite[0]).toBeLessThanOrEqual(2_000);
  expect(readAtWrite.at(-1)).toBeGreaterThan(6_000);
  await pipeline.drain();
  expect(memory.rows('sensor_temperature')).toHaveLength(6_000);
  expect(memory.rows('sensor_humidity')).toHaveLength(3_000);
  await pipeline.close();
});
