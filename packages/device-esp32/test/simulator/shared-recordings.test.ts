import { readWavHeader, type WaveformReading } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { esp32Codec, SharedRecordings, seededRandom, type SharedRecording } from '../../src/index.js';
import { sharedAudioPayload } from '../../src/simulator/payloads.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');

/** As a backend reads it. */
function decoded(recording: SharedRecording): WaveformReading['recording'] {
  const [head, rest] = sharedAudioPayload(recording, NOW, { seq: 3, boot: 4 });
  const payload = Buffer.concat([head, Buffer.from(rest)]);
  const [event] = esp32Codec().decode({ topic: 'sensor/a/audio', payload, receivedAtMs: NOW, deliveryId: 'd' });
  expect(event).toMatchObject({ kind: 'waveform', messageId: 'a:4:3', timestampMs: NOW });
  return (event as WaveformReading).recording;
}

describe('recordings for many devices', () => {
  test.each([
    [2, 16_000],
    [0.5, 8_000],
    // Bytes of no round number of base64 quadruples.
    [0.1001, 16_000],
    [0.0005, 44_100],
  ])('of %d s at %d Hz are whole recordings', (durationS, sampleRateHz) => {
    const recordings = new SharedRecordings({ random: seededRandom(1), durationS, sampleRateHz });
    const random = seededRandom(2);
    const samples = Math.round(durationS * sampleRateHz);
    const made = recordings.record('rain', 0.5, random);
    expect(made.durationS).toBeCloseTo(samples / sampleRateHz, 9);
    const { bytes } = decoded(made);
    expect(bytes.length).toBe(44 + 2 * samples);
    expect(readWavHeader(bytes)).toMatchObject({ sampleRateHz, durationS: samples / sampleRateHz });
  });

  test('share all but their end, which is of each its own', () => {
    const recordings = new SharedRecordings({ random: seededRandom(1), takes: 2 });
    const random = seededRandom(2);
    const made = Array.from({ length: 200 }, () => recordings.record('traffic', 0.5, random));
    expect(new Set(made.map(({ head }) => head)).size).toBe(2);
    expect(new Set(made.map(({ tail }) => tail)).size).toBe(200);
    const [first, , third] = made.map((each) => Buffer.from(decoded(each).bytes));
    expect(first!.subarray(0, -24).equals(third!.subarray(0, -24))).toBe(true);
    for (let at = first!.length - 24; at < first!.length; at += 2) {
      expect(Math.abs(first!.readInt16LE(at) - third!.readInt16LE(at))).toBeLessThanOrEqual(8);
    }
  });

  test('are louder where more of the sound comes in, and other ones for other scenes', () => {
    const recordings = new SharedRecordings({ random: seededRandom(1), takes: 1 });
    const loudness = (recording: SharedRecording): number => {
      const wav = Buffer.from(decoded(recording).bytes);
      let sum = 0;
      for (let at = 44; at < wav.length; at += 2) sum += wav.readInt16LE(at) ** 2;
      return Math.sqrt(sum);
    };
    const random = seededRandom(2);
    expect(loudness(recordings.record('wind', 1, random))).toBeGreaterThan(2 * loudness(recordings.record('wind', 0.15, random))); // prettier-ignore
    expect(recordings.record('wind', 1, random).head).not.toBe(recordings.record('rain', 1, random).head);
  });
});
