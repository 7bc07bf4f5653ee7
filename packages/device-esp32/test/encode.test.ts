import { createHash } from 'node:crypto';
import {
  encodeWav16,
  LouverError,
  readWavHeader,
  type InboundMessage,
  type InferenceAnswered,
  type InferenceRequest,
  type InferenceResult,
  type Recording,
  type WindowCommand,
} from '@louver/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { esp32Codec } from '../src/index.js';

const codec = esp32Codec();
const NOW = Date.parse('2026-01-01T00:00:00Z');
const back = (out: { topic: string; payload: Uint8Array | string }) => ({
  topic: out.topic,
  payload: Buffer.from(out.payload),
  receivedAtMs: NOW,
  deliveryId: 'j:1',
});
const json = (out: { payload: Uint8Array | string }): Record<string, unknown> =>
  JSON.parse(out.payload as string) as Record<string, unknown>;

test('what a device may forget goes to its ack topic, for certain and not kept [P-32]', () => {
  const upTo = { kind: 'stored-up-to', deviceId: 'dev-1', boot: 4_294_967_295, seq: 17 } as const;
  const message = { qos: 1, retain: false, payload: '{"v":1,"boot":4294967295,"seq":17}' };
  expect(codec.encodeStored!(upTo)).toEqual({ ...message, topic: 'sensor/dev-1/ack' });
  const elsewhere = esp32Codec({ topics: { temperature: 'site1/sensor/+/temperature' } });
  expect(elsewhere.encodeStored!(upTo).topic).toBe('site1/sensor/dev-1/ack');
});

// JSON has no negative zero.
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((x) => x + 0);
const orNaN = (value: fc.Arbitrary<number>) =>
  fc.oneof({ weight: 5, arbitrary: value }, { weight: 1, arbitrary: fc.constant(NaN) });
const deviceId = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,64}$/);
const time = fc.integer({ min: 946_684_800_000, max: NOW + 300_000 });
const text = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });

const windowCommand: fc.Arbitrary<WindowCommand> = fc.record(
  {
    kind: fc.constant('window' as const),
    deviceId,
    commandId: text,
    requestId: fc.string(),
    timestampMs: time,
    expiresAtMs: time,
    source: fc.constantFrom('model', 'manual', 'rule', 'failsafe', 'external'),
    position: number(0, 100),
    confidence: orNaN(number(0, 1)),
    featuresUsed: fc.record({
      temperature: orNaN(number(-100, 200)),
      humidity: orNaN(number(0, 100)),
      audioFeatures: fc.array(fc.string(), { maxLength: 4 }),
    }),
    modelVersion: text,
    inferenceMs: number(0, 1e6),
    audioSha256: text,
  },
  {
    requiredKeys: [
      'kind',
      'deviceId',
      'commandId',
      'requestId',
      'timestampMs',
      'source',
      'position',
      'confidence',
      'featuresUsed',
    ],
    noNullPrototype: true,
  },
);

describe('window commands', () => {
  test('what is encoded is seen again as it was', () => {
    fc.assert(
      fc.property(windowCommand, (command) => {
        const out = codec.encode(command);
        expect(out).toMatchObject({ topic: `window/${command.deviceId}/control`, qos: 1, retain: false });
        expect(out.payload).not.toContain('NaN');
        const body = json(out);
        for (const member of ['device_id', 'timestamp', 'position', 'confidence', 'features_used'])
          expect(body).toHaveProperty(member);
        const used = body.features_used as Record<string, unknown>;
        expect(Object.keys(used)).toEqual(['temperature', 'humidity', 'audio_features']);
        // Peers convert them without a question.
        for (const value of [body.position, body.confidence, used.temperature, used.humidity])
          expect(typeof value).toBe('number');
        const [event] = codec.decode(back(out));
        expect(event).toMatchObject({
          kind: 'command-seen',
          messageId: command.commandId,
          identified: true,
          timeSource: 'device',
        });
        expect(event?.kind === 'command-seen' && event.command).toEqual(command);
      }),
      { numRuns: 1000 },
    );
  });

  test('a position or device that cannot be is not sent', () => {
    const [command] = fc.sample(windowCommand, 1) as [WindowCommand];
    for (const position of [NaN, -1, 100.1, Infinity])
      expect(() => codec.encode({ ...command, position })).toThrow('E_CONFIG');
    expect(() => codec.encode({ ...command, deviceId: 'a/#' })).toThrow('device id');
    expect(() => codec.encode({ ...command, timestampMs: NaN })).toThrow('time is NaN');
  });

  test('topics by pattern', () => {
    const [command] = fc.sample(windowCommand, 1) as [WindowCommand];
    const elsewhere = esp32Codec({ topics: { windowControl: 'house/{device_id}/blinds/set' } });
    expect(elsewhere.encode({ ...command, deviceId: 'd' }).topic).toBe('house/d/blinds/set');
  });
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const request: InferenceRequest = {
  kind: 'inference-request',
  requestId: 'dev-1:3:7',
  deviceId: 'dev-1',
  timestampMs: NOW,
  scalars: { temperature: 25.5, humidity: 60, co2: 400 },
};

function asked(message: InboundMessage): InferenceRequest {
  const [event] = codec.decode(message);
  if (event?.kind !== 'inference-asked') throw new Error(`decoded as ${event?.kind}`);
  return event.request;
}

function answered(message: InboundMessage): InferenceAnswered {
  const [event] = codec.decode(message);
  if (event?.kind !== 'inference-answered') throw new Error(`decoded as ${event?.kind}`);
  return event;
}

describe('inference requests', () => {
  test('without a recording all members are there all the same', () => {
    const out = codec.encode(request);
    expect(out).toMatchObject({ topic: 'ml/inference/request/dev-1', qos: 1, retain: false });
    expect(json(out)).toEqual({
      device_id: 'dev-1',
      timestamp: '2026-01-01T00:00:00.000Z',
      temperature: 25.5,
      humidity: 60,
      audio_data: '',
      audio_metadata: { sample_rate: 16000, duration: 0 },
      request_id: 'dev-1:3:7',
      audio_hash: '',
    });
    expect(asked(back(out))).toEqual({ ...request, scalars: { temperature: 25.5, humidity: 60 } });
  });

  test('a WAV travels as it is', () => {
    const bytes = encodeWav16(new Int16Array([1, 2, 3, 4]), 8000);
    const recording: Recording = {
      bytes,
      format: 'wav',
      sampleRateHz: 8000,
      durationS: 4 / 8000,
      sha256: sha256(bytes),
    };
    const out = codec.encode({ ...request, recording });
    expect(json(out)).toMatchObject({
      audio_metadata: { sample_rate: 8000, duration: 0.0005 },
      audio_hash: sha256(bytes),
    });
    const decoded = asked(back(out)).recording!;
    expect(Buffer.compare(decoded.bytes, bytes)).toBe(0);
    expect({ ...decoded, bytes }).toEqual(recording);
  });

  test('a sound whose samples are gone travels as its columns', () => {
    const knownAudio = { sha256: sha256(new Uint8Array(3)), recipe: 'abc', values: { rms_mean: 0.25, rms_std: 0 } };
    const out = codec.encode({ ...request, knownAudio });
    expect(json(out)).toMatchObject({
      audio_data: '',
      audio_metadata: { duration: 0 },
      audio_hash: knownAudio.sha256,
      audio_features: { recipe: 'abc', values: { rms_mean: 0.25, rms_std: 0 } },
    });
    expect(asked(back(out)).knownAudio).toEqual(knownAudio);
  });

  test('the hash alone tells which sound it was', () => {
    const knownAudio = { sha256: sha256(new Uint8Array(3)), recipe: '', values: {} };
    const out = codec.encode({ ...request, knownAudio });
    expect(json(out)).not.toHaveProperty('audio_features');
    expect(asked(back(out)).knownAudio).toEqual(knownAudio);
  });

  test.each([1, [], 'x', { recipe: 1, values: {} }, { recipe: 'r', values: [1] }, { recipe: 'r', values: { a: 'x' } }])(
    'columns that are none are no reason to refuse a request: %j',
    (audio_features) => {
      const body = { temperature: 20, humidity: 50, audio_hash: 'a'.repeat(64), audio_features };
      const payload = Buffer.from(JSON.stringify(body));
      const decoded = asked({ topic: 'ml/inference/request/d', payload, receivedAtMs: NOW, deliveryId: 'j:1' });
      expect(decoded.knownAudio?.values).toEqual({});
    },
  );

  test('raw PCM is wrapped as WAV and keeps the hash of what the device sent', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 2, maxLength: 50 }),
        fc.integer({ min: 1, max: 384_000 }),
        (bytes, sampleRateHz) => {
          const durationS = (bytes.length >> 1) / sampleRateHz;
          const recording: Recording = { bytes, format: 'pcm_s16le', sampleRateHz, durationS, sha256: sha256(bytes) };
          const decoded = asked(back(codec.encode({ ...request, recording }))).recording!;
          expect(decoded).toMatchObject({ format: 'wav', sampleRateHz, durationS, sha256: sha256(bytes) });
          const header = readWavHeader(decoded.bytes);
          expect(header).toMatchObject({ sampleRateHz, channels: 1, encoding: 's16', frames: bytes.length >> 1 });
          expect(Buffer.compare(decoded.bytes.subarray(header.dataOffset), bytes.subarray(0, bytes.length & ~1))).toBe(
            0,
          );
        },
      ),
    );
  });

  test('no request without temperature and humidity', () => {
    for (const scalars of [{ temperature: 20 }, { humidity: 20, temperature: NaN }, {}]) {
      expect(() => codec.encode({ ...request, scalars: scalars as Record<string, number> })).toThrow(
        /E_CONFIG.*(temperature|humidity).*P-22/,
      );
    }
  });

  test("a Go backend's request without request_id gets the identity of its message", () => {
    const payload =
      '{"device_id":"dev-1","timestamp":"2025-10-24T12:00:00Z","temperature":25.5,"humidity":60.0,"audio_data":"","audio_metadata":{"sample_rate":16000,"duration":0}}';
    const message = {
      topic: 'ml/inference/request/dev-1',
      payload: Buffer.from(payload),
      receivedAtMs: NOW,
      deliveryId: 'j:1',
    };
    const decoded = asked(message);
    expect(decoded.requestId).toMatch(/^[0-9a-f]{32}$/);
    expect(asked({ ...message, deliveryId: 'j:2' })).toEqual(decoded);
    expect(decoded).not.toHaveProperty('recording');
  });

  test.each([
    ['wrong-type', '{"temperature":"25","humidity":60}'],
    ['wrong-type', '{"temperature":25}'],
    ['out-of-range', '{"temperature":25,"humidity":101}'],
    ['wrong-type', '{"temperature":25,"humidity":60,"audio_data":[1]}'],
    ['bad-recording', '{"temperature":25,"humidity":60,"audio_data":"UklGRg=="}'],
    ['not-json', 'x'],
  ])('a bad request is refused: %s %s', (reason, payload) => {
    try {
      asked({
        topic: 'ml/inference/request/d',
        payload: Buffer.from(payload),
        receivedAtMs: NOW,
        deliveryId: '',
      });
      expect.unreachable();
    } catch (error) {
      expect(LouverError.is(error) && [error.code, error.reason]).toEqual(['E_DECODE', reason]);
    }
  });
});

describe('inference results', () => {
  const result: InferenceResult = {
    kind: 'inference-result',
    requestId: 'r-1',
    deviceId: 'dev-1',
    timestampMs: NOW,
    value: 75.5,
    confidence: NaN,
    inferenceMs: 0.25,
    modelVersion: 'v1',
    outputs: { window_position: 75.5 },
    reason: 'confidence below 0.6',
  };

  test('held, with its reason; NaN is null on the wire', () => {
    const out = codec.encode(result);
    expect(out).toMatchObject({ topic: 'ml/inference/response/dev-1', qos: 1, retain: false });
    expect(json(out)).toEqual({
      request_id: 'r-1',
      prediction: 75.5,
      confidence: null,
      inference_time_ms: 0.25,
      model_version: 'v1',
      held: true,
      reason: 'confidence below 0.6',
      timestamp: '2026-01-01T00:00:00.000Z',
    });
    const { deviceId, timestampMs, answer } = answered(back(out));
    expect({ deviceId, timestampMs }).toEqual({ deviceId: 'dev-1', timestampMs: NOW });
    expect(answer).toEqual({
      requestId: 'r-1',
      prediction: 75.5,
      confidence: NaN,
      inferenceMs: 0.25,
      modelVersion: 'v1',
      held: true,
      reason: 'confidence below 0.6',
      position: NaN,
    });
  });

  test('with a command it is not held', () => {
    const [command] = fc.sample(windowCommand, 1) as [WindowCommand];
    expect(json(codec.encode({ ...result, command }))).toMatchObject({ held: false });
  });
});
