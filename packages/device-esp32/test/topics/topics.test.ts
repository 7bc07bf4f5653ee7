import { LouverError, topicMatches } from '@louver/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  esp32Codec,
  esp32Topics,
  isDeviceId,
  isQuantityName,
  RESERVED_NAMES,
  type TopicPatterns,
} from '../../src/index.js';

const deviceId = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,64}$/);
const quantity = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,63}$/).filter(isQuantityName);

const PREFIXED: Partial<TopicPatterns> = {
  temperature: 'site1/sensor/+/temperature',
  windowControl: 'site1/window/{device_id}/control',
  inferenceRequest: 'site1/ml/request/{device_id}',
  telemetry: '+/all/telemetry',
};

describe.each([
  ['the protocol', {}],
  ['a prefix', PREFIXED],
])('esp32Topics with %s', (_name, patterns) => {
  const topics = esp32Topics(patterns);

  test('what is built is parsed as what it was, and reaches the backend through one filter', () => {
    fc.assert(
      fc.property(deviceId, quantity, (id, name) => {
        expect(topics.parse(topics.scalar(id, name))).toEqual({ kind: 'scalar', deviceId: id, quantity: name });
        const built = {
          audio: topics.audio(id),
          telemetry: topics.telemetry(id),
          status: topics.status(id),
          'window-control': topics.windowControl(id),
          'window-state': topics.windowState(id),
          'config-reported': topics.configReported(id),
        };
        for (const [kind, topic] of Object.entries(built)) {
          expect(topics.parse(topic)).toEqual({ kind, deviceId: id });
          expect(topics.filters.filter((filter) => topicMatches(filter, topic))).toHaveLength(1);
        }
        for (const reading of ['audio', name]) {
          const topic = topics.cbor(id, reading);
          const of = topics.parse(reading === 'audio' ? topics.audio(id) : topics.scalar(id, name));
          expect(topics.parse(topic)).toEqual({ kind: 'cbor', deviceId: id, of });
          expect(topics.filters.filter((filter) => topicMatches(filter, topic))).toHaveLength(1);
        }
        expect(topics.parse(topics.inferenceRequest(id))).toEqual({ kind: 'inference-request', deviceId: id });
        expect(topics.parse(topics.inferenceResponse(id))).toEqual({ kind: 'inference-response', deviceId: id });
      }),
    );
  });
});

describe('esp32Topics', () => {
  test('the filters of the protocol', () => {
    expect(esp32Topics().filters.toSorted()).toEqual([
      'devices/+/telemetry',
      'sensor/+/+',
      'sensor/+/+/cbor',
      'sensor/+/audio/+/+',
      'sensor/+/audio/+/fin/+/+',
      'sensor/+/config/reported',
      'window/+/control',
      'window/+/state',
    ]);
  });

  test('what is not given follows its neighbour', () => {
    const topics = esp32Topics(PREFIXED);
    expect(topics.status('d')).toBe('site1/sensor/d/status');
    expect(topics.audio('d')).toBe('site1/sensor/d/audio');
    expect(topics.scalar('d', 'co2')).toBe('site1/sensor/d/co2');
    expect(topics.windowState('d')).toBe('site1/window/d/state');
    expect(topics.inferenceResponse('d')).toBe('site1/ml/response/d');
    expect(topics.parse('sensor/d/temperature')).toBeUndefined();
    expect(topics.filters).not.toContain('sensor/+/+');
  });

  test('parts of recordings are below the topic of recordings, wherever that is', () => {
    const sha256 = 'ab'.repeat(32);
    const named = [
      { file: 'rec-1', part: { type: 'init' } },
      { file: 'fin', part: { type: 'bytes', offset: 4096 } },
      { file: '0', part: { type: 'end', size: 64_044, sha256 } },
    ] as const;
    for (const patterns of [{}, PREFIXED, { audio: 'a/+/sound/of/it' }, { audio: '+/audio' }]) {
      const topics = esp32Topics(patterns);
      for (const part of named) {
        const topic = topics.recordingPart('d', part);
        expect(topics.parse(topic)).toEqual({ kind: 'recording-part', deviceId: 'd', part });
        expect(topics.filters.filter((filter) => topicMatches(filter, topic))).toHaveLength(1);
      }
    }
    const topics = esp32Topics();
    expect(topics.parse(`sensor/d/audio/f/fin/1/${sha256.toUpperCase()}`)).toMatchObject({
      part: { part: { sha256 } },
    });
    for (const wrong of [
      'f/begin',
      'f/-1',
      'f/12345678901',
      `f/fin/x/${sha256}`,
      'f/fin/1/abc',
      'a b/init',
      '/init',
      `${'f'.repeat(33)}/0`,
    ]) {
      expect(topics.parse(`sensor/d/audio/${wrong}`)).toEqual({
        kind: 'recording-part',
        deviceId: 'd',
        part: undefined,
      });
    }
    for (const other of ['f', 'f/0/1', 'f/begin/1/2', `f/fin/1/${sha256}/x`]) {
      expect(topics.parse(`sensor/d/audio/${other}`)).toBeUndefined();
    }
    expect(() => topics.recordingPart('d', { file: 'a/b', part: { type: 'init' } })).toThrow(/E_CONFIG.*1 to 32 of/);
  });

  test('where something is asked of the backend, wherever the readings are', () => {
    for (const patterns of [{}, PREFIXED, { timeRequest: 'clock/+/ask', timeResponse: 'clock/+/tell' }]) {
      const topics = esp32Topics(patterns);
      const asked = topics.timeRequest('d');
      expect(topics.parseAsked(asked)).toEqual({ kind: 'time-request', deviceId: 'd' });
      expect(topics.askFilters.filter((filter) => topicMatches(filter, asked))).toHaveLength(1);
      expect(topics.filters.filter((filter) => topicMatches(filter, asked))).toEqual([]);
      expect(topics.parse(asked)).toBeUndefined();
      expect(topics.parseAsked(topics.timeResponse('d'))).toBeUndefined();
      expect(topics.parseAsked(topics.windowSet('d'))).toEqual({ kind: 'window-set', deviceId: 'd' });
      expect(topics.parse(topics.windowSet('d'))).toBeUndefined();
    }
    expect(esp32Topics(PREFIXED).timeResponse('d')).toBe('site1/sensor/d/time/response');
    expect(esp32Topics(PREFIXED).windowSet('d')).toBe('site1/window/d/set');
  });

  test('every kind can have a topic of its own', () => {
    const codec = esp32Codec({
      topics: { temperature: 'home/+/temp', humidity: 'home/+/rh', scalar: 'x/+/q/{quantity}/v' },
    });
    const decode = (topic: string): unknown =>
      codec.decode({ topic, payload: Buffer.from('{"value": 5}'), receivedAtMs: 1e12, deliveryId: 'd' })[0];
    expect(decode('home/a/temp')).toMatchObject({ quantity: 'temperature', deviceId: 'a' });
    expect(decode('home/a/rh')).toMatchObject({ quantity: 'humidity' });
    expect(decode('x/a/q/co2/v')).toMatchObject({ quantity: 'co2', deviceId: 'a' });
    expect(decode('x/a/b/q/co2/v')).toBeUndefined();
    expect(decode('home/a/b/temp')).toBeUndefined();
  });

  test('where only the backend speaks', () => {
    const { isOurs, ack, config } = esp32Topics({ temperature: 'x/+/temperature' });
    expect([isOurs(ack('d')), isOurs(config('d'))]).toEqual([true, true]);
    for (const topic of ['x/d/temperature', 'x/d/e/ack', 'sensor/d/ack', 'x/ack', 'x/d/config/reported']) {
      expect(isOurs(topic)).toBe(false);
    }
  });

  test('reserved names are recognised, never quantities', () => {
    const used = ['audio', 'status', 'info'];
    for (const name of RESERVED_NAMES.filter((n) => !used.includes(n))) {
      expect(esp32Topics().parse(`sensor/d/${name}`)).toEqual({ kind: 'reserved', deviceId: 'd', name });
      expect(() => esp32Topics().scalar('d', name)).toThrow(name);
    }
  });

  test.each<[string, Partial<TopicPatterns>]>([
    ['humidity', { humidity: 'sensor/kitchen/humidity' }],
    ['audio', { audio: 'sensor/+/+/audio' }],
    ['telemetry', { telemetry: 'devices/#' }],
    ['status', { status: 'sensor/dev-{device_id}/status' }],
    ['windowControl', { windowControl: '' }],
    ['scalar', { scalar: 'sensor/+/temperature' }],
    ['scalar', { scalar: 'sensor/{quantity}/{device_id}' }],
    ['sensor/+/status', { audio: 'sensor/+/status' }],
    ['window/+/set', { windowControl: 'window/+/set' }],
  ])('a pattern that cannot be is refused by name: %s', (name, patterns) => {
    const error = (() => {
      try {
        return esp32Codec({ topics: patterns });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(LouverError.is(error) && error.code).toBe('E_CONFIG');
    expect(String(error)).toContain(name);
  });

  test('builders refuse ids that would leave their level', () => {
    for (const id of ['', 'a/b', '+', '#', 'a b', 'ä', 'x'.repeat(65), '\0']) {
      expect(isDeviceId(id)).toBe(false);
      expect(() => esp32Topics().audio(id)).toThrow('E_CONFIG');
      expect(() => esp32Topics().scalar(id, 'co2')).toThrow('E_CONFIG');
    }
  });

  test('the id rule is that of the protocol', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 70, unit: 'binary' }), (text) => {
        expect(isDeviceId(text)).toBe(/^[A-Za-z0-9_.:-]{1,64}$/.test(text) && !text.endsWith('\n'));
      }),
    );
  });
});
