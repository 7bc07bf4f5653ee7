import { memoryStorage } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { manualClock } from '@louver/core/testkit';
import { describe, expect, test } from 'vitest';
import { folder } from './support/faults.js';
import { leftIn, legacyCommand, legacyService, onRequest, remoteRig, type Asked } from './support/remote-rig.js';
import { rig, START_MS, until } from './support/rig.js';

type Rig = ReturnType<typeof remoteRig>;

describe('killed', () => {
  /** Where the first run gets to. */
  const cases: readonly [string, (run: Rig, answer: (asked: Asked) => Promise<void>) => Promise<unknown>][] = [
    ['before the request', async () => {}],
    ['with the request noted and not sent', async (run) => run.request()],
    ['with the request sent', (run) => until(() => run.published.length > 0)],
    [
      'with the command in the journal and storage away',
      async (run, answer) => {
        run.faults.away = true;
        await answer(await run.request());
      },
    ],
    [
      'with its rows stored and nobody knowing',
      async (run, answer) => {
        await answer(await run.request());
        run.faults.silent = true;
        await until(
          () => ['window_actions', 'ml_predictions'].every((table) => run.storage.rows(table as never).length > 0),
          () => run.clock.advance(50),
        );
      },
    ],
    [
      'with its rows stored',
      async (run, answer) => {
        await answer(await run.request());
        await run.pipeline.drain();
      },
    ],
  ];

  test.each(cases)('%s: one row of each in the end, with its sound', async (name, reach) => {
    const memory = memoryStorage();
    const clock = manualClock(START_MS);
    const first = remoteRig({ directory: await folder(), memory, clock });
    first.faults.mute = name.includes('not sent');
    const sent: string[] = [];
    // The service decides the same about what it is asked twice.
    const answerBy = (run: Rig) => async (asked: Asked) => {
      const command = sent[0] ?? legacyCommand(asked, clock.now());
      sent.push(command);
      await run.transport.inject('w/a', command);
    };
    await first.pipeline.open();
    await first.transport.inject('s/a/audio', new Uint8Array(64).fill(1));
    await first.pair('a', 20, START_MS);
    await reach(first, answerBy(first));
    const directory = await first.kill();
    await clock.advance(1000);

    const second = remoteRig({ directory, memory, clock });
    onRequest(second.transport, (asked) => void answerBy(second)(asked));
    await second.pipeline.open();
    // What the broker had kept, or sends once more.
    if (sent.length > 0) await second.transport.inject('w/a', sent[0]!);
    await second.pair('a', 20.1);
    await second.pipeline.drain();
    const [recording] = memory.rows('sensor_audio');
    expect(memory.rows('window_actions')).toMatchObject([{ audio_hash: recording!.audio_hash, position: 40 }]);
    const [action] = memory.rows('window_actions');
    expect(action!.request_id).not.toBe('');
    expect(memory.rows('ml_predictions').map(({ request_id }) => request_id)).toEqual([action!.request_id]);
    expect(memory.rows('sensor_temperature')).toHaveLength(2);
    await second.pipeline.close();
  });

  test.each([5_000, 600_000])(
    'and away for %i ms: the answer that the broker kept is attributed, also when it is read once more',
    async (awayMs) => {
      const memory = memoryStorage();
      const clock = manualClock(START_MS);
      const first = remoteRig({ directory: await folder(), memory, clock });
      await first.pipeline.open();
      await first.pair('a', 20, START_MS);
      const asked = await first.request();
      await first.pipeline.close();
      await clock.advance(awayMs);
      const second = remoteRig({ directory: await first.kill(), memory, clock });
      second.faults.away = true;
      await second.pipeline.open();
      await second.transport.inject('w/a', legacyCommand(asked, START_MS));
      await clock.advance(1000);
      const directory = await second.kill();
      await clock.advance(600_000);

      const third = remoteRig({ directory, memory, clock });
      await third.pipeline.open();
      await third.pipeline.drain();
      expect(memory.rows('window_actions')).toMatchObject([{ request_id: asked.requestId }]);
      expect(memory.rows('ml_predictions')).toMatchObject([{ request_id: asked.requestId }]);
      await third.pipeline.close();
    },
  );

  test('a command that came too late is too late also when it is read once more', async () => {
    const memory = memoryStorage();
    const clock = manualClock(START_MS);
    const first = remoteRig({ directory: await folder(), memory, clock });
    await first.pipeline.open();
    await first.pair('a', 20, START_MS);
    const asked = await first.request();
    first.faults.away = true;
    await clock.advance(30_001);
    await first.transport.inject('w/a', legacyCommand(asked, clock.now()));
    const second = remoteRig({ directory: await first.kill(), memory, clock });
    await second.pipeline.open();
    await second.pipeline.drain();
    expect(memory.rows('window_actions')).toMatchObject([{ request_id: '' }]);
    expect(memory.rows('ml_predictions')).toHaveLength(1);
    await second.pipeline.close();
  });
});

describe('restarted', () => {
  test('a device that has not changed is not asked about', async () => {
    const directory = await folder();
    const memory = memoryStorage();
    const clock = manualClock(START_MS);
    const first = remoteRig({ directory, memory, clock });
    legacyService(first.transport, clock);
    await first.pipeline.open();
    await first.pair('a', 20, START_MS);
    await first.pipeline.drain();
    await first.pipeline.close();
    const second = remoteRig({ directory, memory, clock });
    await second.pipeline.open();
    await second.pair('a', 20.1, START_MS + 1000);
    await second.pipeline.drain();
    expect(first.asked).toHaveLength(1);
    expect(second.asked).toEqual([]);
    await second.pipeline.close();
  });

  test('with an engine of its own, requests that are left over make no rows and keep nothing', async () => {
    const directory = await folder();
    const first = remoteRig({ directory });
    await first.pipeline.open();
    await first.pair('a', 20, START_MS);
    const asked = await first.request();
    await first.pipeline.close();
    const before = await leftIn(directory);
    const { storage } = first;
    const second = rig({ journal: fileJournal(directory), durability: 'journal', storage });
    await second.pipeline.open();
    await second.pipeline.drain();
    await second.pipeline.close();
    expect(before).toEqual([['ml/request/a', expect.stringContaining(asked.requestId)]]);
    expect([storage.rows('dead_letters'), storage.rows('ml_predictions'), storage.rows('window_actions')]).toEqual([
      [],
      [],
      [],
    ]);
    expect(await leftIn(directory)).toEqual([]);
  });
});
