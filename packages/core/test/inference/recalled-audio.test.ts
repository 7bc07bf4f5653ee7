import { expect, test } from 'vitest';
import { commandsOf, rig, START_MS } from '../support/rig.js';

const samples = Int16Array.from({ length: 1600 }, (_, i) => (i % 2 ? 8000 : -8000));

test('after a restart the last sound still counts, until it is too old', async () => {
  const first = rig();
  await first.pipeline.open();
  await first.send('s/a/temperature', 25);
  await first.send('s/a/humidity', 60);
  await first.transport.inject('s/a/audio', new Uint8Array(samples.buffer));
  await first.pipeline.drain();
  await first.pipeline.close();
  const [recorded] = first.storage.rows('sensor_audio');

  const second = rig({ storage: first.storage });
  await second.pipeline.open();
  await second.clock.advance(60_000);
  await second.send('s/a/temperature', 26);
  await second.pipeline.drain();
  expect(second.features.extracted).toEqual([]);
  expect(first.storage.rows('window_actions').at(-1)).toMatchObject({
    position: 18,
    audio_hash: recorded!.audio_hash,
  });

  await second.clock.advance(START_MS + 16 * 60_000 - second.clock.now());
  await second.send('s/a/humidity', 60);
  await second.send('s/a/temperature', 27);
  await second.pipeline.drain();
  expect(first.storage.rows('window_actions').at(-1)).toMatchObject({ position: 27, audio_hash: '' });
  expect(commandsOf(second.published)).toHaveLength(2);
  await second.pipeline.close();
});
