import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyOf, deadband, everyRecording, type ScalarReading, type WaveformReading } from '@louver/core';

const base = {
  deviceId: 'a',
  timestampMs: 0,
  timeSource: 'device',
  deviceTimestamp: '',
  receivedAtMs: 0,
  messageId: 'm',
  identified: true,
} as const;
const scalar = (quantity: string, value: number): ScalarReading => ({ ...base, kind: 'scalar', quantity, value });
const sha256 = '';
const recording = {
  bytes: new Uint8Array(2),
  format: 'pcm_s16le',
  sampleRateHz: 16_000,
  durationS: 1,
  sha256,
} as const;
const waveform: WaveformReading = { ...base, kind: 'waveform', recording };

describe('deadband', () => {
  test('the first complete pair triggers, each of the two alone does not', () => {
    const detector = deadband({ temperature: 0.5, humidity: 2 });
    expect(detector.observe(scalar('temperature', 20))).toBeUndefined();
    expect(detector.observe(scalar('co2', 900))).toBeUndefined();
    expect(detector.observe(scalar('humidity', 50))?.triggers).toEqual(['temperature', 'humidity']);
  });

  test.each([
    [21.3, 20.8, true],
    [0.3, -0.2, true],
    [20.4999, 20, false],
    [19.5, 20, true],
  ])('%s against %s with a threshold of 0.5: %s', (value, baseline, triggers) => {
    const detector = deadband({ temperature: 0.5 });
    detector.rebase('a', { temperature: baseline });
    expect(detector.observe(scalar('temperature', value)) !== undefined).toBe(triggers);
  });

  test('measures against the last request, so that a slow drift is noticed', () => {
    const detector = deadband({ temperature: 0.5 });
    detector.rebase('a', { temperature: 20 });
    const reported = [20.2, 20.4, 20.6, 20.8].filter((value) => detector.observe(scalar('temperature', value)));
    expect(reported).toEqual([20.6, 20.8]);
  });

  test('thresholds of single devices', () => {
    const detector = deadband({ temperature: 0.5 }, { devices: { a: { temperature: 5 } } });
    detector.rebase('a', { temperature: 20 });
    expect(detector.observe(scalar('temperature', 24))).toBeUndefined();
    expect(detector.observe(scalar('temperature', 25))).toBeDefined();
  });

  test('a forgotten device starts anew', () => {
    const detector = deadband({ temperature: 0.5 });
    detector.rebase('a', { temperature: 20 });
    detector.forget('a');
    expect(detector.observe(scalar('temperature', 20))).toBeDefined();
  });

  test('after forgetting, the next reading of any one quantity is a change', () => {
    const detector = deadband({ temperature: 0.5, humidity: 2 });
    detector.observe(scalar('temperature', 20));
    detector.observe(scalar('humidity', 50));
    detector.rebase('a', { temperature: 20, humidity: 50 });
    detector.forget('a');
    expect(detector.observe(scalar('temperature', 20))).toBeDefined();
  });

  test('says which threshold is wrong', () => {
    expect(() => deadband({ temperature: -1 })).toThrow(/E_CONFIG.*temperature.*-1/);
  });

  test('reports exactly the values that are at least the threshold away', () => {
    const values = fc.array(fc.integer({ min: -400, max: 400 }).map((tenths) => tenths / 10));
    fc.assert(
      fc.property(values, (sequence) => {
        const detector = deadband({ temperature: 0.5 });
        detector.rebase('a', { temperature: 0 });
        let baseline = 0;
        for (const value of sequence) {
          const change = detector.observe(scalar('temperature', value));
          expect(change !== undefined).toBe(Math.round(Math.abs(value - baseline) * 10) >= 5);
          if (change) detector.rebase('a', { temperature: (baseline = value) });
        }
      }),
    );
  });

  test('keeps what it knows of many devices apart', () => {
    const detector = deadband({ temperature: 0.5, humidity: 2 });
    const devices = Array.from({ length: 300 }, (_, i) => ({ deviceId: `d${i}`, baseline: i }));
    for (const { deviceId, baseline } of devices) detector.rebase(deviceId, { temperature: baseline, humidity: 50 });
    detector.forget('d7');
    for (const { deviceId, baseline } of devices) {
      const near = { ...scalar('temperature', baseline + 0.4), deviceId };
      const far = { ...scalar('temperature', baseline + 0.5), deviceId };
      expect(detector.observe(near)).toBeUndefined();
      // Of what was forgotten the humidity was never heard: there is no complete pair.
      expect(detector.observe(far) !== undefined).toBe(deviceId !== 'd7');
    }
  });
});

describe('anyOf', () => {
  test('joins the triggers; every detector sees every reading', () => {
    const detector = anyOf(deadband({ temperature: 1 }), deadband({ temperature: 0.5, humidity: 2 }), everyRecording());
    expect(detector.observe(scalar('temperature', 20))?.triggers).toEqual(['temperature']);
    expect(detector.observe(scalar('humidity', 50))?.triggers).toEqual(['temperature', 'humidity']);
    expect(detector.observe(waveform)?.triggers).toEqual(['audio']);
    detector.rebase('a', { temperature: 20, humidity: 50 });
    expect(detector.observe(scalar('temperature', 20.7))?.triggers).toEqual(['temperature']);
    expect(detector.observe(scalar('temperature', 20.1))).toBeUndefined();
  });
});
