import { LouverError, memoryStorage } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { expect, test } from 'vitest';
import { awayStorage, folder, manualCommand, unhandledRejections } from './support/faults.js';
import { commandsOf, rig, settled, START_MS } from './support/rig.js';

async function oneCommand() {
  const first = rig();
  await first.pipeline.open();
  await first.send('s/a/temperature', 20);
  await first.send('s/a/humidity', 50);
  await first.pipeline.drain();
  expect(commandsOf(first.published)).toHaveLength(1);
  return first;
}

test('without an engine a backlog is stored and asks nobody', async () => {
  const directory = await folder();
  const first = rig({ journal: fileJournal(directory), durability: 'journal', storage: awayStorage().storage });
  await first.pipeline.open();
  await first.send('s/a/temperature', 20);
  await first.send('s/a/humidity', 50);
  await first.pipeline.close();

  const rejections = unhandledRejections();
  const second = rig({ journal: fileJournal(directory), durability: 'journal', engine: undefined as never });
  await second.pipeline.open();
  await second.clock.advance(6000);
  await second.pipeline.drain();
  expect(rejections).toEqual([]);
  expect(second.storage.rows('sensor_temperature')).toHaveLength(1);
  await second.pipeline.close();
});

test.each(['drain', 'close'] as const)('%s includes what an earlier run has left', async (end) => {
  const directory = await folder();
  const first = rig({ journal: fileJournal(directory), durability: 'journal', storage: awayStorage().storage });
  await first.pipeline.open();
  for (let i = 0; i < 50; i++) await first.send('s/a/temperature', 20, START_MS + i);
  await first.pipeline.close();

  const second = rig({ journal: fileJournal(directory), durability: 'journal' });
  await second.pipeline.open();
  await second.pipeline[end]();
  expect(second.storage.rows('sensor_temperature')).toHaveLength(50);
  await second.pipeline.close();
});

test('a backlog makes one inference per device, and none once its newest reading is older than 60 s', async () => {
  const directory = await folder();
  const first = rig({ journal: fileJournal(directory), durability: 'journal', storage: awayStorage().storage });
  await first.pipeline.open();
  for (let i = 0; i < 20; i++) {
    for (const device of ['old', 'young']) {
      const timestampMs = START_MS + i + (device === 'young' ? 3_590_000 : 0);
      await first.send(`s/${device}/temperature`, 20 + i, timestampMs - 3_500_000);
      await first.send(`s/${device}/humidity`, 50 + i, timestampMs - 3_500_000);
    }
  }
  await first.pipeline.close();
  expect(commandsOf(first.published)).toEqual([]);

  const second = rig({ journal: fileJournal(directory), durability: 'journal' });
  await second.clock.advance(100_000);
  await second.pipeline.open();
  await second.pipeline.drain();
  expect(commandsOf(second.published).map(({ topic }) => topic)).toEqual(['w/young']);
  expect(second.storage.rows('sensor_temperature')).toHaveLength(40);
  await second.pipeline.close();
});

test('a device whose registration was on its way is not registered a second time', async () => {
  const directory = await folder();
  const { reader: _, ...unreadable } = memoryStorage();
  const first = rig({
    journal: fileJournal(directory),
    durability: 'journal',
    storage: {
      ...unreadable,
      async write() {
        throw new LouverError('E_STORAGE_UNAVAILABLE', 'storage is away');
      },
    },
  });
  await first.pipeline.open();
  await first.send('s/a/temperature', 20);
  await first.pipeline.idle();
  await first.pipeline.close();

  const second = rig({ journal: fileJournal(directory), durability: 'journal' });
  await second.pipeline.open();
  await second.pipeline.drain();
  expect(second.storage.rows('device_events').map(({ event }) => event)).toEqual(['registered']);
  await second.pipeline.close();
});

test('an unchanged device is not asked about either when storage comes a little later', async () => {
  const first = await oneCommand();
  await first.pipeline.close();
  const { storage, faults } = awayStorage(first.storage);
  const second = rig({ storage });
  await second.pipeline.open();
  await second.send('s/a/temperature', 20.1, START_MS + 1000);
  await second.send('s/a/humidity', 50.5, START_MS + 1000);
  await second.send('s/b/temperature', 20.1, START_MS + 1000);
  await second.send('s/b/humidity', 50.5, START_MS + 1000);
  await settled();
  faults.away = false;
  await second.clock.advance(3000);
  await second.pipeline.drain();
  expect(commandsOf(second.published).map(({ topic }) => topic)).toEqual(['w/b']);
  await second.pipeline.close();
});

test('a changed device is asked about once when storage comes a little later', async () => {
  const first = await oneCommand();
  await first.pipeline.close();
  const { storage, faults } = awayStorage(first.storage);
  const second = rig({ storage });
  await second.pipeline.open();
  await second.send('s/a/temperature', 20.7, START_MS + 1000);
  await second.send('s/a/humidity', 50.5, START_MS + 1000);
  await settled();
  faults.away = false;
  await second.clock.advance(3000);
  await second.pipeline.drain();
  expect(commandsOf(second.published)).toHaveLength(1);
  await second.pipeline.close();
});

test("a person's action is no baseline and does not hide the model's last one", async () => {
  const first = await oneCommand();
  await first.clock.advance(1000);
  await first.transport.inject('w/a', manualCommand('a', first.clock.now()));
  await first.pipeline.drain();
  await first.pipeline.close();
  expect(first.storage.rows('window_actions')).toHaveLength(2);

  const second = rig({ storage: first.storage });
  await second.pipeline.open();
  await second.send('s/a/temperature', 20.1, START_MS + 2000);
  await second.send('s/a/humidity', 50.5, START_MS + 2000);
  await second.pipeline.drain();
  expect(commandsOf(second.published)).toHaveLength(0);
  await second.pipeline.close();
});

test('silence while nobody listened is not a device’s', async () => {
  const first = await oneCommand();
  await first.pipeline.close();
  const second = rig({ storage: first.storage });
  const events = () => first.storage.rows('device_events').map(({ event }) => event);
  await second.clock.advance(3_600_000);
  await second.pipeline.open();
  await second.clock.advance(60_000);
  await second.pipeline.drain();
  expect(events()).toEqual(['registered']);
  await second.clock.advance(600_000);
  await second.pipeline.drain();
  expect(events()).toEqual(['registered', 'inactive']);
  await second.pipeline.close();
});
