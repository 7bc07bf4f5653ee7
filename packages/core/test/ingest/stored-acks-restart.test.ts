import { fileJournal } from '@louver/core/journal';
import { manualClock } from '@louver/core/testkit';
import { describe, expect, test } from 'vitest';
import { awayStorage, folder } from '../support/faults.js';
import { settled, START_MS, until } from '../support/rig.js';
import { acknowledging, lastingJournal } from './stored-acks-rig.js';

describe('after a restart', () => {
  test('it goes on where it was, also when nothing of it is left but the note', async () => {
    const first = acknowledging();
    await first.pipeline.open();
    await first.tellAll('a', 1, 0, 1, 2);
    await first.pipeline.drain();
    expect(await first.told()).toEqual(['a 1:2']);
    await first.pipeline.close();
    expect(first.lasting.notes()).toEqual(['ack:a']);

    const second = acknowledging({ lasting: first.lasting });
    await second.pipeline.open();
    expect(await second.told(), 'the last word may not have gone out').toEqual(['a 1:2']);
    await second.tellAll('a', 1, 3);
    expect(await second.told()).toEqual(['a 1:3']);
    await second.tellAll('a', 1, 5);
    expect(await second.told()).toEqual([]);
    await second.pipeline.close();
    expect(second.lasting.notes()).toEqual(['ack:a']);
  });

  test.each([true, false])(
    'what the journal still holds counts, and a gap stays one (directly: %s)',
    async (direct) => {
      const { storage } = awayStorage();
      const first = acknowledging({ storage, direct });
      await first.pipeline.open();
      await first.tellAll('a', 1, 0, 1, 3);
      expect(await first.told()).toEqual(['a 1:1']);
      await first.tellAll('a', 1, 4);
      await first.pipeline.close();

      const second = acknowledging({ lasting: first.lasting, direct });
      await second.pipeline.open();
      expect(await second.told()).toEqual(['a 1:1']);
      await second.tellAll('a', 1, 2);
      expect(await second.told()).toEqual(['a 1:4']);
      await second.pipeline.close();
    },
  );

  test('directly: a gap is one also when nothing from before it is left in the journal', async () => {
    const { storage, faults } = awayStorage();
    faults.away = false;
    const first = acknowledging({ storage, direct: true });
    await first.pipeline.open();
    await first.tellAll('a', 1, 0, 1);
    await first.pipeline.drain();
    faults.away = true;
    await first.tellAll('a', 1, 3);
    expect(await first.told()).toEqual(['a 1:1']);
    await first.tellAll('a', 1, 4);
    await first.pipeline.close();

    const second = acknowledging({ lasting: first.lasting, direct: true });
    await second.pipeline.open();
    expect(await second.told()).toEqual(['a 1:1']);
    await second.pipeline.close();
  });

  test('what was durable when the note was not yet is told', async () => {
    const { storage } = awayStorage();
    const first = acknowledging({ storage });
    await first.pipeline.open();
    await first.tellAll('a', 1, 0, 1);
    // Ends without a word: as if it had been killed.
    first.brokerFaults.away = true;
    await first.pipeline.close();

    const second = acknowledging({ lasting: first.lasting });
    await second.pipeline.open();
    expect(await second.told()).toEqual(['a 1:1']);
    await second.pipeline.close();
  });

  test('notes that nobody needs any more are let go of', async () => {
    const first = acknowledging();
    await first.pipeline.open();
    await first.tellAll('a', 1, 0);
    await first.told();
    await first.pipeline.close();
    expect(first.lasting.notes()).toHaveLength(1);
    const second = acknowledging({ lasting: first.lasting, durability: 'none' });
    await second.pipeline.open();
    expect(second.lasting.notes()).toEqual([]);
    await second.pipeline.close();
  });

  test('a note that cannot be read is not believed', async () => {
    const lasting = lastingJournal();
    const values = ['', '{"boots":[[1,9]]}', '{"seenMs":1,"boots":[[1]]}', '{"seenMs":1,"boots":"x"}', 'null'];
    await lasting.journal.open({ clock: manualClock(START_MS) } as never);
    for (const value of values) await lasting.journal.append([{ type: 'note', key: 'ack:a', value }], { own: true });
    lasting.log.length = 0;
    const { pipeline, told, tellAll } = acknowledging({ lasting });
    await pipeline.open();
    await tellAll('a', 1, 10);
    expect(await told()).toEqual([]);
    expect(lasting.notes()).toEqual([]);
    await pipeline.close();
  });
});

describe('upkeep', () => {
  test('a broker that is away: later, and only the newest', async () => {
    const { pipeline, tellAll, told, brokerFaults } = acknowledging();
    await pipeline.open();
    brokerFaults.away = true;
    for (let seq = 0; seq < 20; seq++) {
      await tellAll('a', 1, seq);
      expect(await told(300)).toEqual([]);
    }
    brokerFaults.away = false;
    expect(await told(5_000)).toEqual(['a 1:19']);
    await pipeline.close();
  });

  test('a broker that hangs is given up after 5 s, and asked again', async () => {
    const parts = acknowledging();
    let hanging = true;
    const { transport, pipeline, tellAll, told } = parts;
    const publish = transport.publish.bind(transport);
    transport.publish = (message, signal) => (hanging ? new Promise(() => undefined) : publish(message, signal));
    await pipeline.open();
    await tellAll('a', 1, 0);
    expect(await told(5_000)).toEqual([]);
    hanging = false;
    expect(await told(5_000)).toEqual(['a 1:0']);
    await pipeline.close();
  });

  test('a device is told in its turn: 500 in each', async () => {
    const { pipeline, tell, told } = acknowledging();
    await pipeline.open();
    await Promise.all(Array.from({ length: 1_200 }, (_, i) => tell(`d${i}`, 1, 0)));
    await pipeline.idle();
    expect(await told()).toHaveLength(500);
    expect(await told()).toHaveLength(500);
    expect((await told()).at(-1)).toBe('d1199 1:0');
    await pipeline.close();
  });

  test('the note of a silent device goes on with the journal, and goes after 7 days', async () => {
    const { pipeline, tellAll, told, lasting, clock, send } = acknowledging();
    await pipeline.open();
    await tellAll('a', 1, 0);
    await told();
    await clock.advance(300_000);
    await settled();
    expect(lasting.log.splice(0), 'while nothing else comes it may stay where it is').toEqual([]);
    for (let i = 0; i < 4; i++) {
      await send('s/b/temperature', 20);
      await clock.advance(30_000);
      await settled();
    }
    expect(lasting.log.filter((line) => line.startsWith('note ack:a')).length).toBeGreaterThanOrEqual(2);
    expect(lasting.notes()).toEqual(['ack:a']);
    await clock.advance(7 * 86_400_000);
    await settled();
    expect(lasting.notes()).toEqual([]);
    await pipeline.close();
  });

  test('a full journal is not kept full by notes: they go on at once', async () => {
    const { pipeline, tellAll, told, lasting, send } = acknowledging();
    await pipeline.open();
    await tellAll('a', 1, 0);
    await told();
    lasting.faults.full = true;
    void send('s/b/temperature', 20);
    await settled();
    expect(lasting.log.filter((line) => line.startsWith('note'))).toHaveLength(1);
    expect(lasting.notes()).toEqual(['ack:a']);
    lasting.faults.full = false;
    await told(5_000);
    await pipeline.close();
  });
});

test('a small journal on disk is not kept full by the notes of silent devices', async () => {
  const journal = fileJournal(await folder(), { maxBytes: 512 * 1024 });
  const { pipeline, tell, clock, transport } = acknowledging({ journal });
  await pipeline.open();
  const text = JSON.stringify({ v: 20, padding: 'x'.repeat(1_000) });
  let acknowledged = 0;
  const passing = async (): Promise<void> => {
    await clock.advance(250);
    await settled(1);
  };
  for (let i = 1; i <= 60; i++) {
    // One note in each part of the journal.
    void tell(`silent-${i}`, 1, 0).then(() => acknowledged++);
    for (let n = 0; n < 20; n++) void transport.inject('s/b/temperature', text).then(() => acknowledged++);
    await until(() => acknowledged === i * 21, passing);
    await pipeline.drain();
    await passing();
  }
  expect(acknowledged).toBe(60 * 21);
  await pipeline.close();
});
