import { createHash } from 'node:crypto';
import type { WaveformReading, WindowCommand } from '@louver/core';
import { expect, test } from 'vitest';
import { DeviceState } from '../../src/inference/device-state.js';

const MINUTE = 60_000;
const state = (maxRecordingBytes = 1000) =>
  new DeviceState({ required: ['temperature', 'humidity'], maxAgeMs: 15 * MINUTE, maxRecordingBytes });

function recorded(deviceId: string, timestampMs: number, bytes = 10): WaveformReading {
  const messageId = `${deviceId}:${timestampMs}`;
  const sha256 = createHash('sha256').update(messageId).digest('hex');
  const recording = {
    bytes: new Uint8Array(bytes),
    format: 'wav',
    sampleRateHz: 16_000,
    durationS: 2,
    sha256,
  } as const;
  const times = { timestampMs, receivedAtMs: timestampMs, timeSource: 'device', deviceTimestamp: '' } as const;
  return { kind: 'waveform', deviceId, messageId, identified: true, recording, ...times };
}

test('a request needs every required quantity, not older than the limit', () => {
  const devices = state();
  expect(devices.requestFor('a', 'r', 0, 0)).toEqual({ missing: 'temperature' });
  devices.updateScalar('a', 'temperature', 20, 0);
  expect(devices.requestFor('a', 'r', 0, 0)).toEqual({ missing: 'humidity' });
  devices.updateScalar('a', 'humidity', 50, MINUTE);
  expect(devices.requestFor('a', 'r', 5, 15 * MINUTE)).toEqual({
    kind: 'inference-request',
    requestId: 'r',
    deviceId: 'a',
    timestampMs: 5,
    scalars: { temperature: 20, humidity: 50 },
  });
  expect(devices.requestFor('a', 'r', 5, 15 * MINUTE + 1)).toEqual({ missing: 'temperature' });
});

test('a device of many quantities has each of them, the newest value', () => {
  const devices = state();
  const names = ['temperature', 'humidity', ...Array.from({ length: 60 }, (_, i) => `quantity_${i}`)];
  for (const round of [1, 2, 3]) {
    names.forEach((name, i) => expect(devices.updateScalar('a', name, round * 100 + i, round)).toBe(true));
  }
  for (const name of names) expect(devices.updateScalar('a', name, -1, 0)).toBe(false);
  expect(devices.requestFor('a', 'r', 3, 3)).toMatchObject({
    scalars: Object.fromEntries(names.map((name, i) => [name, 300 + i])),
  });
});

test('what is not required is left out when it is too old', () => {
  const devices = state();
  devices.updateScalar('a', 'co2', 400, 0);
  devices.updateScalar('a', 'temperature', 20, 10 * MINUTE);
  devices.updateScalar('a', 'humidity', 50, 10 * MINUTE);
  expect(devices.requestFor('a', 'r', 0, 15 * MINUTE)).toMatchObject({ scalars: { co2: 400 } });
  expect(devices.requestFor('a', 'r', 0, 16 * MINUTE)).toMatchObject({ scalars: { temperature: 20, humidity: 50 } });
  expect(devices.requestFor('a', 'r', 0, 16 * MINUTE)).not.toMatchObject({ scalars: { co2: 400 } });
});

test('a late reading does not replace a newer one', () => {
  const devices = state();
  expect(devices.updateScalar('a', 'temperature', 20, 10)).toBe(true);
  expect(devices.updateScalar('a', 'temperature', 99, 9)).toBe(false);
  expect(devices.updateScalar('a', 'temperature', 21, 10)).toBe(true);
  devices.updateScalar('a', 'humidity', 50, 10);
  expect(devices.requestFor('a', 'r', 0, 10)).toMatchObject({ scalars: { temperature: 21 } });
});

test('a recording is repeated while it is young, and counts once', () => {
  const devices = state();
  devices.updateScalar('a', 'temperature', 20, 20 * MINUTE);
  devices.updateScalar('a', 'humidity', 50, 20 * MINUTE);
  const reading = recorded('a', 6 * MINUTE);
  expect(devices.updateRecording(reading)).toBe(true);
  expect(devices.updateRecording(reading)).toBe(false);
  expect(devices.updateRecording(recorded('a', 5 * MINUTE))).toBe(false);
  expect(devices.requestFor('a', 'r', 0, 21 * MINUTE)).toMatchObject({ recording: reading.recording });
  expect(devices.requestFor('a', 'r', 0, 21 * MINUTE + 1)).not.toHaveProperty('recording');
});

test('recordings are bounded by bytes over all devices: the least recent goes first', () => {
  const devices = state(100);
  for (const device of ['a', 'b', 'c']) {
    devices.updateScalar(device, 'temperature', 20, 0);
    devices.updateScalar(device, 'humidity', 50, 0);
    devices.updateRecording(recorded(device, 0, 40));
  }
  expect(devices.requestFor('a', 'r', 0, 0)).not.toHaveProperty('recording');
  expect(devices.requestFor('b', 'r', 0, 0)).toHaveProperty('recording');
  expect(devices.requestFor('c', 'r', 0, 0)).toHaveProperty('recording');
});

test('the newest command is kept, the newest reading of any kind known', () => {
  const devices = state();
  const command = (commandId: string, timestampMs: number) =>
    ({ deviceId: 'a', commandId, timestampMs }) as WindowCommand;
  devices.updateCommand(command('new', 5));
  devices.updateCommand(command('old', 4));
  expect(devices.of('a').lastCommand?.commandId).toBe('new');
  expect(devices.newestReadingMs('a')).toBe(-Infinity);
  devices.updateScalar('a', 'temperature', 20, 7);
  devices.updateRecording(recorded('a', 6));
  expect(devices.newestReadingMs('a')).toBe(7);
});
