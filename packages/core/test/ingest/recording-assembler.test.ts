import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { encodeWav16, type InboundMessage, type RecordingPart } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { RecordingAssembler, type AssemblerOptions, type Concluded } from '../../src/ingest/recording-assembler.js';
import { lineCodec } from '../support/line-codec.js';

const codec = lineCodec();
const T0 = Date.UTC(2026, 0, 1);

interface Part {
  readonly topic: string;
  readonly payload: Uint8Array;
}

const wavOf = (length: number, seed: number): Uint8Array =>
  encodeWav16(
    Int16Array.from({ length }, (_, i) => ((i + 1) * (seed + 7) * 31) % 2000),
    16_000,
  );
const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A whole recording, cut at these offsets. */
function partsOf(name: string, bytes: Uint8Array, cuts: readonly number[], init = ''): readonly Part[] {
  const ends = [...new Set([...cuts.map((cut) => cut % bytes.length), 0, bytes.length])].sort((a, b) => a - b);
  const pieces = ends
    .slice(1)
    .map((end, i) => ({ topic: `p/${name}/${ends[i]!}`, payload: bytes.subarray(ends[i]!, end) }));
  const fin = { topic: `p/${name}/fin:${bytes.length}:${sha256Of(bytes)}`, payload: new Uint8Array(0) };
  return [{ topic: `p/${name}/init`, payload: Buffer.from(init) }, ...pieces, fin];
}

/** Fed one after the other, each a millisecond after the one before. */
function assembling(options: AssemblerOptions = {}) {
  const assembler = new RecordingAssembler<number>(options);
  let place = 0;
  return {
    assembler,
    feed(parts: readonly Part[], atMs = T0 + place): readonly Concluded<number>[] {
      return parts.flatMap((part) => {
        const message: InboundMessage = { ...part, receivedAtMs: atMs, deliveryId: `j:${++place}` };
        return assembler.add(codec.decode(message)[0] as RecordingPart, message, place);
      });
    },
  };
}

const waveforms = (concluded: readonly Concluded<number>[]) =>
  concluded.flatMap((one) => (one.kind === 'complete' ? [one.event] : []));
const lettersOf = (concluded: readonly Concluded<number>[]) =>
  concluded.flatMap((one) => (one.kind === 'given-up' ? [`${one.why}: ${one.error.message}`] : []));

const recording = fc.record({
  device: fc.constantFrom('a', 'b', 'c'),
  length: fc.integer({ min: 1, max: 120 }),
  cuts: fc.array(fc.nat(300), { maxLength: 8 }),
  otherCuts: fc.array(fc.nat(300), { maxLength: 4 }),
  seq: fc.option(fc.nat(1000), { nil: undefined }),
});

describe('any order', () => {
  test('of parts of any recordings of any devices, cut anyhow, any of them repeated: each of them once, its bytes as they were', () => {
    fc.assert(
      fc.property(
        fc.array(recording, { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.nat()),
        (recordings, numbers) => {
          const next = (below: number): number => (numbers.next().value as number) % below;
          const sent = recordings.map(({ device, length, cuts, otherCuts, seq }, i) => {
            const bytes = wavOf(length, i);
            const init = seq === undefined ? '' : JSON.stringify({ b: i, n: seq });
            const parts = partsOf(`${device}/f${i}`, bytes, cuts, init);
            // Cut in another way, it is the same file.
            const again = partsOf(`${device}/f${i}`, bytes, otherCuts, init).slice(0, next(otherCuts.length + 2));
            return { device, bytes, init, seq, parts: [...parts, ...again] };
          });
          const all = sent.flatMap(({ parts }) => parts);
          for (let i = all.length - 1; i > 0; i--) {
            const j = next(i + 1);
            [all[i], all[j]] = [all[j]!, all[i]!];
          }
          const { assembler, feed } = assembling();
          const concluded = feed(all);
          const found = waveforms(concluded);
          // What came again after its recording was complete: nothing is left of it, and nobody is told.
          const left = assembler.expire(T0 + 200_000);
          expect(lettersOf([...concluded, ...left])).toEqual([]);
          const places = [...concluded, ...left].flatMap((one) => one.places);
          expect(places.sort((a, b) => a - b)).toEqual(all.map((_, i) => i + 1));
          const ids = new Set(found.map(({ messageId }) => messageId));
          expect(ids.size).toBe(recordings.length);
          for (const { device, bytes, init, seq } of sent) {
            const own = found.filter(
              (event) => event.recording.sha256 === sha256Of(bytes) && event.deviceId === device,
            );
            expect(own.length).toBeGreaterThan(0);
            for (const event of own) {
              expect(Buffer.compare(event.recording.bytes, bytes)).toBe(0);
              expect(event.sequence).toEqual(
                seq === undefined ? undefined : { boot: JSON.parse(init).b as number, seq },
              );
            }
          }
          expect([assembler.any, assembler.bytes]).toEqual([false, 0]);
        },
      ),
    );
  });
});

test('the same parts make the same recording in another life, whatever came between', () => {
  const parts = partsOf('a/x', wavOf(50, 1), [60, 90]);
  const [first] = waveforms(assembling().feed(parts));
  const [second] = waveforms(
    assembling()
      .feed([...partsOf('b/x', wavOf(50, 2), [44]), ...[...parts].reverse()])
      .slice(1),
  );
  expect(second!.messageId).toBe(first!.messageId);
  const [other] = waveforms(assembling().feed(partsOf('a/x', wavOf(50, 3), [])));
  expect(other!.messageId).not.toBe(first!.messageId);
});

test('a name may be used again: also with parts that look like the ones before, and over a part that went astray', () => {
  const { feed, assembler } = assembling();
  const [old, fresh] = [wavOf(50, 1), wavOf(50, 2)];
  const cuts = [44, 80];
  expect(waveforms(feed(partsOf('a/x', old, cuts)))).toHaveLength(1);
  feed(partsOf('a/x', old, cuts).slice(2, 3));
  const [event] = waveforms(feed(partsOf('a/x', fresh, cuts)));
  expect(event!.recording.sha256).toBe(sha256Of(fresh));
  expect(assembler.any).toBe(false);
});

describe('given up', () => {
  const bytes = wavOf(50, 1);
  const parts = partsOf('a/x', bytes, [44, 80, 100]);

  test('after 60 s, with what was missing; what came before does not count for what comes after', () => {
    const { feed, assembler } = assembling();
    feed([parts[1]!, parts[3]!]);
    expect(assembler.expire(T0 + 60_000)).toEqual([]);
    const [late] = feed([parts[2]!], T0 + 60_001);
    expect(lettersOf([late!])[0]).toMatch(
      /too-late.*"x" given up.*60 s.*missing init, fin, bytes 44\.\.79, of 2 parts/,
    );
    expect(late!.places).toEqual([1, 2]);
    const [last] = assembler.expire(T0 + 130_000);
    expect(lettersOf([last!])[0]).toMatch(/missing init, fin, bytes 0\.\.43/);
    expect([assembler.any, assembler.bytes]).toEqual([false, 0]);
  });

  test('bytes that are not what fin says wait for better ones, and are said to be wrong', () => {
    const { feed, assembler } = assembling();
    const damaged = new Uint8Array(parts[2]!.payload).fill(9);
    expect(feed([...parts.slice(0, 2), { ...parts[2]!, payload: damaged }, ...parts.slice(3)])).toEqual([]);
    expect(waveforms(feed([parts[2]!]))).toHaveLength(1);
    feed([...parts.slice(0, 2), { ...parts[2]!, payload: damaged }, ...parts.slice(3)]);
    expect(lettersOf(assembler.expire(T0 + 100_000))[0]).toMatch(/the SHA-256 of its bytes is .*, fin says/);
  });

  test('more bytes than fin says are no recording', () => {
    const { feed, assembler } = assembling();
    const end = { topic: `p/a/x/fin:100:${sha256Of(bytes.subarray(0, 100))}`, payload: new Uint8Array(0) };
    feed([...parts.slice(0, -1), end]);
    expect(lettersOf(assembler.expire(T0 + 100_000))[0]).toMatch(/bytes up to 144 came, fin says that it has 100/);
  });

  test('what is no WAV file at once, with its number: sent again it would be none either', () => {
    const { feed } = assembling();
    const [one] = feed(partsOf('a/x', Buffer.from('not a recording'), [4], '{"b":1,"n":7}'));
    expect(one).toMatchObject({ kind: 'given-up', why: 'undecodable', error: { sequence: { boot: 1, seq: 7 } } });
  });

  test('the oldest when a device has too many, when all take too much, and one of too many parts', () => {
    const few = assembling({ maxPerDevice: 2 });
    const begun = (name: string): Part => ({ topic: `p/${name}/0`, payload: new Uint8Array(100) });
    expect(few.feed([begun('a/1'), begun('b/1'), begun('a/2')])).toEqual([]);
    expect(lettersOf(few.feed([begun('a/3')]))[0]).toMatch(/no-room.*"1" given up/);
    const small = assembling({ maxBytes: 1000 });
    expect(lettersOf(small.feed([begun('a/1'), begun('b/1'), begun('c/1')]))).toHaveLength(1);
    expect(small.assembler.bytes).toBeLessThanOrEqual(1000);
    const coarse = assembling({ maxParts: 3 });
    expect(lettersOf(coarse.feed([begun('a/1'), begun('a/1'), begun('a/1')]))).toHaveLength(1);
    expect(coarse.assembler.bytes).toBe(0);
  });
});
