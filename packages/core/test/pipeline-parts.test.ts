import { createHash } from 'node:crypto';
import { defaultContext, encodeWav16, noMetrics, type FeatureExtractor, type WaveformReading } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { manualClock } from '@louver/core/testkit';
import { describe, expect, test } from 'vitest';
import { acknowledging } from './ingest/stored-acks-rig.js';
import { folder } from './support/faults.js';
import { commandsOf, rig, settled, START_MS, until } from './support/rig.js';
import { loudnessFeatures } from './support/test-parts.js';

const wavOf = (seed: number, length = 160): Uint8Array =>
  encodeWav16(
    Int16Array.from({ length }, (_, i) => (i * (seed + 3)) % 900),
    16_000,
  );
const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Init, three pieces, fin. */
function partsOf(name: string, bytes: Uint8Array, init: object = {}): [string, Uint8Array][] {
  const piece = (from: number, to?: number): [string, Uint8Array] => [`p/${name}/${from}`, bytes.subarray(from, to)];
  return [
    [`p/${name}/init`, Buffer.from(JSON.stringify(init))],
    piece(0, 50),
    piece(50, 200),
    piece(200),
    [`p/${name}/fin:${bytes.length}:${sha256Of(bytes)}`, new Uint8Array(0)],
  ];
}

async function send({ transport }: Pick<ReturnType<typeof rig>, 'transport'>, parts: readonly [string, Uint8Array][]) {
  for (const [topic, payload] of parts) await transport.inject(topic, payload);
}

describe('a recording in parts', () => {
  test('is a row with its features, is heard, shown and asked about like one that comes whole', async () => {
    const parts = rig();
    const readings: WaveformReading[] = [];
    parts.pipeline.on('reading', (reading) => void (reading.kind === 'waveform' && readings.push(reading)));
    await parts.pipeline.open();
    await parts.send('s/a/temperature', 20);
    await parts.send('s/a/humidity', 50);
    await parts.pipeline.drain();
    expect(commandsOf(parts.published)).toHaveLength(1);
    const wav = wavOf(1);
    await send(parts, [...partsOf('a/one', wav)].reverse());
    await parts.pipeline.drain();
    const [row] = parts.storage.rows('sensor_audio');
    expect(row).toMatchObject({
      device_id: 'a',
      sample_rate: 16_000,
      duration: 0.01,
      format: 'wav',
      audio_hash: sha256Of(wav),
    });
    expect(Object.keys((JSON.parse(row!.features) as { values: object }).values)).toContain('rms_mean');
    expect(readings.map(({ recording }) => recording.sha256)).toEqual([sha256Of(wav)]);
    const [, command] = commandsOf(parts.published).map(({ payload }) => JSON.parse(String(payload)) as object);
    expect(command).toMatchObject({ requestId: row!.message_id, audioSha256: sha256Of(wav) });
    await parts.pipeline.close();
    expect(parts.storage.rows('dead_letters')).toEqual([]);
  });

  test('that does not become complete is one dead letter after 60 s, and holds up neither drain nor goodbye', async () => {
    const parts = rig();
    await parts.pipeline.open();
    await send(parts, partsOf('a/one', wavOf(1)).slice(0, 3));
    await parts.pipeline.drain();
    await parts.clock.advance(59_000);
    await parts.pipeline.drain();
    expect(parts.storage.rows('dead_letters')).toEqual([]);
    await parts.clock.advance(10_000);
    await parts.clock.advance(1_000);
    await until(() => parts.storage.rows('dead_letters').length > 0);
    await send(parts, partsOf('b/one', wavOf(2)).slice(0, 3));
    await parts.pipeline.drain();
    await parts.pipeline.close();
    expect(parts.storage.rows('dead_letters')).toMatchObject([
      {
        code: 'bad-recording',
        topic: 'p/a/one/init',
        device_id: 'a',
        detail: expect.stringMatching(/missing fin, of 3 parts/) as string,
      },
    ]);
  });

  test('that is no WAV file is a dead letter at once', async () => {
    const parts = rig();
    await parts.pipeline.open();
    await send(parts, partsOf('a/one', new Uint8Array(300).fill(7)));
    await parts.pipeline.drain();
    expect(parts.storage.rows('dead_letters').map(({ code }) => code)).toEqual(['bad-recording']);
    await parts.pipeline.close();
  });
});

describe('a journal', () => {
  const journaled = (directory: string, more: object = {}) =>
    rig({ journal: fileJournal(directory), durability: 'journal', ...more });

  test('has the parts of before the restart; the letter of those that never come is one, whenever that is', async () => {
    const directory = await folder();
    const wav = wavOf(1);
    const first = journaled(directory);
    await first.pipeline.open();
    await send(first, partsOf('a/one', wav).slice(0, 3));
    await send(first, partsOf('b/two', wav).slice(1, 3));
    await first.pipeline.drain();
    await first.pipeline.close();

    const second = journaled(directory, { storage: first.storage });
    await second.clock.advance(30_000);
    await second.pipeline.open();
    await send(second, partsOf('a/one', wav).slice(3));
    await second.pipeline.drain();
    expect(first.storage.rows('sensor_audio').map(({ audio_hash: hash }) => hash)).toEqual([sha256Of(wav)]);
    await second.pipeline.close();

    for (let life = 0; life < 2; life++) {
      const next = journaled(directory, { storage: first.storage });
      await next.clock.advance(70_000);
      await next.pipeline.open();
      await next.send('s/c/temperature', 20);
      await next.pipeline.drain();
      await next.clock.advance(1_000);
      await until(() => first.storage.rows('dead_letters').length > 0);
      await next.pipeline.drain();
      await next.pipeline.close();
    }
    expect(first.storage.rows('dead_letters').map(({ topic }) => topic)).toEqual(['p/b/two/50']);
    expect(first.storage.rows('sensor_audio')).toHaveLength(1);
    // Nothing is left to be done for any part.
    const journal = fileJournal(directory);
    await journal.open(defaultContext());
    const left: string[] = [];
    for await (const entries of journal.read({ follow: false, signal: new AbortController().signal })) {
      for (const { record } of entries) if (record.type === 'delivery') left.push(record.topic);
    }
    await journal.close();
    expect(left).toEqual([]);
  });

  test('keeps more recordings than are analysed at a time: each is read again, and is one row', async () => {
    const directory = await folder();
    const clock = manualClock(START_MS);
    const counted: string[] = [];
    const metrics = { ...noMetrics, count: (name: string) => void counted.push(name) };
    const context = { clock, random: () => 0.5, metrics };
    const loudness = loudnessFeatures();
    let analyse = (): void => undefined;
    const gate = new Promise<void>((resolve) => (analyse = resolve));
    const features: FeatureExtractor = {
      ...loudness,
      extract: (recording) => gate.then(() => loudness.extract(recording)),
    };
    const own = {
      journal: fileJournal(directory),
      durability: 'journal',
      features,
      engine: undefined as never,
    } as const;
    const first = rig({ ...own, context }, undefined, clock);
    await first.pipeline.open();
    const wavs = Array.from({ length: 40 }, (_, i) => wavOf(i, 500_000));
    for (const [i, wav] of wavs.entries()) await send(first, partsOf(`d${i % 3}/f${i}`, wav));
    await until(() => counted.includes('recordings_postponed_total'));
    analyse();
    await first.pipeline.drain();
    await first.pipeline.close();
    const found = first.storage.rows('sensor_audio').map(({ audio_hash: hash }) => hash);
    expect(found.sort()).toEqual(wavs.map(sha256Of).sort());
    expect(first.storage.rows('dead_letters')).toEqual([]);
  });
});

describe('a device that counts', () => {
  test.each(['journal', 'storage'] as const)(
    'is told of a recording when all of it is durable: %s',
    async (durability) => {
      const parts = acknowledging({ durability });
      const { pipeline } = parts;
      await pipeline.open();
      await parts.holds('a', 7, 0);
      // With durability storage some are acknowledged only when rows are stored.
      const storing = async (sending: Promise<unknown>): Promise<void> => {
        await settled();
        await pipeline.drain();
        await sending;
      };
      const whole = partsOf('a/one', wavOf(1), { b: 7, n: 1 });
      await storing(Promise.all([parts.tell('a', 7, 0), send(parts, whole.slice(0, 4)), parts.tell('a', 7, 2)]));
      expect(await parts.told()).toEqual(['a 7:0']);
      await storing(send(parts, whole.slice(4)));
      expect(await parts.told()).toEqual(['a 7:2']);
      await pipeline.close();
    },
  );

  test('sends one again that was given up; of one that can never be read it is told that it may forget it', async () => {
    const parts = acknowledging();
    const { pipeline, transport } = parts;
    await pipeline.open();
    await parts.holds('a', 7, 0);
    const whole = partsOf('a/one', wavOf(1), { b: 7, n: 0 });
    await send({ transport }, whole.slice(0, 4));
    await pipeline.drain();
    await parts.clock.advance(70_000);
    expect(await parts.told()).toEqual([]);
    await send({ transport }, whole);
    await pipeline.drain();
    expect(await parts.told()).toEqual(['a 7:0']);
    await send({ transport }, partsOf('a/two', new Uint8Array(300), { b: 7, n: 1 }));
    await pipeline.drain();
    expect(await parts.told()).toEqual(['a 7:1']);
    await settled();
    expect(parts.storage.rows('sensor_audio').map(({ message_id: id }) => id)).toEqual(['a:7:0']);
    await pipeline.close();
  });

  test('is told after a restart what it was not told before', async () => {
    const first = acknowledging();
    await first.pipeline.open();
    await first.holds('a', 7, 0);
    await send(first, partsOf('a/one', wavOf(1), { b: 7, n: 0 }).slice(0, 3));
    await first.pipeline.drain();
    await first.pipeline.close();
    const second = acknowledging({ lasting: first.lasting, storage: first.storage });
    await second.pipeline.open();
    await second.holds('a', 7, 0);
    await send(second, partsOf('a/one', wavOf(1), { b: 7, n: 0 }).slice(3));
    await second.pipeline.drain();
    expect(await second.told()).toEqual(['a 7:0']);
    await second.pipeline.close();
  });
});
