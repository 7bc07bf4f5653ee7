import { LouverError, type InboundMessage } from '@louver/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { esp32Codec, type CodecNotice } from '../src/index.js';

const codec = esp32Codec();
const NOW = Date.parse('2025-10-24T12:00:01.5Z');
const message = (topic: string, payload: Uint8Array | string, deliveryId = 'j:1'): InboundMessage => ({
  topic,
  payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
  receivedAtMs: NOW,
  deliveryId,
});
const reasonOf = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (error) {
    if (LouverError.is(error) && error.code === 'E_DECODE') return error.reason;
    throw error;
  }
  return undefined;
};

const names = [
  'value',
  'timestamp',
  'seq',
  'boot',
  'data',
  'sample_rate',
  'position',
  'confidence',
  'features_used',
  'result',
  'temperature',
  'humidity',
  'command_id',
  'expires_at',
  'audio_features',
  'audio_data',
  'audio_metadata',
  'request_id',
  'prediction',
  '__proto__',
  'constructor',
  'heating',
  'a b',
  'toString',
];
const leaf = fc.oneof(
  fc.constantFrom(
    '',
    'ON',
    'off',
    '2025-10-24T12:00:00Z',
    '1970-01-01T00:00:01Z',
    'UklGRg==',
    'AAAAAAAA',
    'done',
    'true',
    '\ud800',
  ),
  fc.constantFrom(0, -0, 1, 50, 101, 1e308, -1e308, 4294967295, 4294967296, 0.1),
  fc.constantFrom(null, true, false),
  fc.string(),
  fc.double(),
);
const anyJson = fc.letrec((tie) => ({
  node: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('node'), { maxLength: 3 }), tie('object')),
  object: fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), tie('node'), {
    maxKeys: 6,
    noNullPrototype: false,
  }),
}));
const anyTopic = fc.oneof(
  fc.constantFrom(
    'sensor/d/temperature',
    'sensor/d/co2',
    'sensor/d/audio',
    'sensor/d/status',
    'devices/d/telemetry',
    'window/d/control',
    'window/d/state',
    'ml/inference/request/d',
    'ml/inference/response/d',
    'sensor/d/__proto__',
    'sensor/d/info',
    'sensor/d/co2/cbor',
    'sensor/d/audio/cbor',
    'sensor/d/audio/f/init',
    'sensor/d/audio/f/700',
    `sensor/d/audio/f/fin/900/${'a'.repeat(64)}`,
    `sensor/${'a/'.repeat(2000)}`,
    'sensor//',
    '/',
    '',
  ),
  fc
    .array(fc.oneof(fc.constantFrom('sensor', 'window', 'd', 'control', 'audio', '+', '#', '$SYS'), fc.string()), {
      maxLength: 5,
    })
    .map((levels) => levels.join('/')),
);
const anyPayload = fc.oneof(
  anyJson.object.map((value) => Buffer.from(JSON.stringify(value))),
  fc.uint8Array({ maxLength: 200 }),
  fc.tuple(anyJson.object, fc.nat(300), fc.nat(255)).map(([value, at, byte]) => {
    const bytes = Buffer.from(JSON.stringify(value));
    if (bytes.length > 0) bytes[at % bytes.length] = byte;
    return bytes;
  }),
  fc
    .constantFrom(
      '{"value":1e999}',
      '{"value":-1e999}',
      '{"temperature":1e999}',
      '{"__proto__":{"value":1}}',
      'online',
      'offline',
      '',
      '{',
      'nan',
    )
    .map((text) => Buffer.from(text)),
);

describe('decode', () => {
  test('whatever comes, it makes well-formed events or throws E_DECODE with a reason', () => {
    fc.assert(
      fc.property(anyTopic, anyPayload, (topic, payload) => {
        const input = message(topic, payload);
        const reason = reasonOf(() => {
          const ids = new Set<string>();
          for (const event of codec.decode(input)) {
            expect(event.deviceId).toMatch(/^[A-Za-z0-9_.:-]{1,64}$/);
            expect(Number.isInteger(event.timestampMs) && event.timestampMs >= 946_684_800_000).toBe(true);
            expect(event.timestampMs).toBeLessThanOrEqual(NOW + 300_000);
            expect(ids.has(event.messageId)).toBe(false);
            ids.add(event.messageId);
            if (event.kind === 'scalar') expect(Number.isFinite(event.value)).toBe(true);
            if (event.kind === 'waveform') expect(event.recording.durationS).toBeGreaterThan(0);
          }
          expect(codec.decode(input)).toEqual(codec.decode(input));
        });
        if (reason !== undefined)
          expect(reason).toMatch(/^(not-json|not-cbor|wrong-type|out-of-range|bad-\w+(-id)?|too-large|unknown-topic)$/);
      }),
      { numRuns: 20_000 },
    );
  }, 120_000);

  test('deep nesting at the size limit neither overflows the stack nor takes long', () => {
    const deep = `{"data":${'['.repeat(1_000_000)}`;
    expect(reasonOf(() => codec.decode(message('sensor/d/audio', deep)))).toBe('not-json');
    const hidden = `{"value":1,"text":"${'[{\\"'.repeat(10_000)}"}`;
    expect(codec.decode(message('sensor/d/temperature', hidden))).toHaveLength(1);
    const wide = `{"value":1,"list":[${'[],'.repeat(10_000)}[]]}`;
    expect(codec.decode(message('sensor/d/temperature', wide))).toHaveLength(1);
  });

  test('payloads over the limit are refused before they are parsed, by kind of message', () => {
    const padded = (bytes: number): string => `{"value":1${' '.repeat(bytes - 11)}}`;
    expect(codec.decode(message('sensor/d/co2', padded(65_536)))).toHaveLength(1);
    expect(reasonOf(() => codec.decode(message('sensor/d/co2', padded(65_537))))).toBe('too-large');
    expect(reasonOf(() => codec.decode(message('sensor/d/audio', padded(2_097_153))))).toBe('too-large');
    const small = esp32Codec({ limits: { scalarBytes: 20, audioBytes: 30 } });
    expect(reasonOf(() => small.decode(message('sensor/d/co2', padded(21))))).toBe('too-large');
    expect(reasonOf(() => small.decode(message('sensor/d/audio', padded(31))))).toBe('too-large');
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`q${i}`, i])));
    expect(reasonOf(() => codec.decode(message('devices/d/telemetry', many)))).toBe('too-large');
  });

  test('the same message again has the same ids, another has others', () => {
    const at = '"timestamp":"2025-10-24T12:00:00Z"';
    const id = (topic: string, payload: string, delivery: string): string =>
      codec.decode(message(topic, payload, delivery))[0]!.messageId;
    const first = id('sensor/d/temperature', `{"value":1,${at}}`, 'j:1');
    expect(id('sensor/d/temperature', `{"value":1,${at}}`, 'j:2')).toBe(first);
    expect(id('sensor/d/temperature', `{"value":2,${at}}`, 'j:2')).not.toBe(first);
    expect(id('sensor/e/temperature', `{"value":1,${at}}`, 'j:2')).not.toBe(first);
    expect(id('sensor/d/co2', `{"value":1,${at}}`, 'j:2')).not.toBe(first);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
  });

  test('a payload that is a plain Uint8Array, also inside a larger buffer, reads the same', () => {
    const whole = new Uint8Array([0, 0, ...Buffer.from('{"value":7}'), 0]);
    expect(codec.decode(message('sensor/d/co2', whole.subarray(2, 13)))).toMatchObject([{ value: 7 }]);
  });

  test('how far a clock may be ahead can be set', () => {
    const payload = '{"value":1,"timestamp":"2025-10-24T12:00:02Z"}';
    const source = (maxAheadMs: number): string =>
      esp32Codec({ maxAheadMs }).decode(message('sensor/d/co2', payload))[0]!.timeSource;
    expect([source(499), source(500)]).toEqual(['server', 'device']);
    expect(() => esp32Codec({ maxAheadMs: NaN })).toThrow('maxAheadMs');
    expect(() => esp32Codec({ limits: { audioBytes: 0 } })).toThrow('audioBytes');
  });

  test('a rate that differs from the header is told to the observer, and an observer that throws spoils nothing', () => {
    const wav = Buffer.from(
      '524946462800000057415645666d74201000000001000100401f0000803e0000020010006461746104000000010002',
      'hex',
    );
    const payload = JSON.stringify({ data: wav.toString('base64'), sample_rate: 16000 });
    const notices: CodecNotice[] = [];
    const told = esp32Codec({
      onNotice: (notice) => {
        notices.push(notice);
        throw new Error('counter is broken');
      },
    });
    expect(told.decode(message('sensor/d/audio', payload))).toMatchObject([{ recording: { sampleRateHz: 8000 } }]);
    expect(notices.map((n) => [n.kind, n.deviceId])).toEqual([
      ['rate-mismatch', 'd'],
      ['truncated', 'd'],
    ]);
  });
});

describe('a stamp without its offset, as Python writes it', () => {
  const stamps = ['2025-10-24T12:00:00.123456', '2025-10-24 12:00:00', '2025-10-24T23:00:00'];
  const air = { temperature: 25, humidity: 60 };

  test.each(stamps)('is no obstacle in what a service or a backend says: %s', (timestamp) => {
    for (const [topic, body] of [
      ['window/d/control', { position: 40 }],
      ['ml/inference/request/d', air],
    ] as const) {
      const payload = JSON.stringify({ ...body, timestamp });
      const events = codec.decode(message(topic, payload, 'j:1'));
      const stamped = { timestampMs: NOW, timeSource: 'server', deviceTimestamp: timestamp, identified: true };
      expect(events).toMatchObject([stamped]);
      // Known again when it is delivered once more.
      expect(codec.decode(message(topic, payload, 'j:2'))).toEqual(events);
    }
  });

  test('is refused in a reading, and nothing else is read as a time', () => {
    const refused = (topic: string, body: object) => reasonOf(() => codec.decode(message(topic, JSON.stringify(body))));
    expect(refused('sensor/d/temperature', { value: 20, timestamp: stamps[0] })).toBe('bad-timestamp');
    for (const timestamp of ['soon', '2025-10-24', '2025-13-24T12:00:00', 1761307200]) {
      expect(refused('window/d/control', { position: 40, timestamp })).toBe('bad-timestamp');
    }
  });
});
