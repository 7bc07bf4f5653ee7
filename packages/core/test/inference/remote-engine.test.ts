import {
  defaultContext,
  LouverError,
  memoryTransport,
  remoteEngine,
  type Codec,
  type EventBase,
  type InboundEvent,
  type InferenceRequest,
  type WindowCommand,
} from '@louver/core';
import { describe, expect, test } from 'vitest';
import { lineCodec } from '../support/line-codec.js';

function request(deviceId: string, requestId = `request of ${deviceId}`): InferenceRequest {
  const scalars = { temperature: 20, humidity: 50 };
  return { kind: 'inference-request', requestId, deviceId, timestampMs: 7, scalars };
}

function base(deviceId: string): EventBase {
  const rest = { timeSource: 'device', deviceTimestamp: '', identified: true } as const;
  return { deviceId, timestampMs: 8, receivedAtMs: 8, messageId: 'm', ...rest };
}

function command(deviceId: string, own: Partial<WindowCommand> = {}): InboundEvent {
  const featuresUsed = { temperature: 20, humidity: 50, audioFeatures: [] };
  const all: WindowCommand = {
    kind: 'window', deviceId, commandId: 'c', requestId: '', timestampMs: 8, source: 'external', position: 1, confidence: 1,
    featuresUsed, ...own,
  }; // prettier-ignore
  return { ...base(deviceId), kind: 'command-seen', command: all };
}

function answer(deviceId: string, requestId: string): InboundEvent {
  const numbers = { prediction: NaN, confidence: NaN, inferenceMs: NaN, position: NaN };
  const said = { requestId, modelVersion: 'm', held: true, reason: 'quiet', ...numbers };
  return { ...base(deviceId), kind: 'inference-answered', answer: said };
}

async function opened() {
  const transport = memoryTransport();
  const context = defaultContext();
  await transport.open(context);
  const engine = remoteEngine({ transport, codec: lineCodec() });
  await engine.open(context);
  return { engine, remote: engine.remote!, transport };
}

/** Whether the request is over by now. */
async function outcome(asked: Promise<unknown>): Promise<string> {
  const pending = new Promise((resolve) => setImmediate(resolve)).then(() => 'pending');
  const over = asked.then(
    (result) => `resolved to ${String(result)}`,
    (error: unknown) => (LouverError.is(error) ? error.code : String(error)),
  );
  return Promise.race([over, pending]);
}

describe('an answer', () => {
  test.each([
    ['of a service of ours that holds', answer('a', 'request of a')],
    [
      'of a service of ours that moves',
      command('a', { requestId: 'request of a', source: 'model', modelVersion: 'm' }),
    ],
    [
      'of a legacy service, rounded',
      command('a', { featuresUsed: { temperature: 20.004, humidity: 49.996, audioFeatures: [] } }),
    ],
  ])('%s', async (_, event) => {
    const { engine, remote } = await opened();
    const asked = engine.infer(request('a'), {});
    expect(await outcome(asked)).toBe('pending');
    remote.observe(event);
    expect(await outcome(asked)).toBe('resolved to undefined');
  });

  test.each([
    ['to another device', answer('b', 'request of a')],
    ['to another request', answer('a', 'an older one')],
    [
      'from a person',
      command('a', { source: 'manual', featuresUsed: { temperature: NaN, humidity: NaN, audioFeatures: [] } }),
    ],
    ['of other air', command('a', { featuresUsed: { temperature: 21, humidity: 50, audioFeatures: [] } })],
    ['with another id, of the same air', command('a', { requestId: 'an older one' })],
  ])('is none when it is %s', async (_, event) => {
    const { engine, remote } = await opened();
    const asked = engine.infer(request('a'), {});
    remote.observe(event);
    expect(await outcome(asked)).toBe('pending');
    remote.abandon();
    await expect(asked).rejects.toMatchObject({ code: 'E_TRANSPORT' });
  });

  test('may be faster than the acknowledgement of what was asked', async () => {
    const transport = memoryTransport();
    const engine = remoteEngine({
      transport: { ...transport, publish: () => new Promise(() => {}) },
      codec: lineCodec(),
    });
    const asked = engine.infer(request('a'), {});
    engine.remote!.observe(answer('a', 'request of a'));
    expect(await outcome(asked)).toBe('resolved to undefined');
  });

  test('comes to each of many devices', async () => {
    const { engine, remote } = await opened();
    const devices = Array.from({ length: 1000 }, (_, i) => `d${i}`);
    const asked = devices.map((device) => engine.infer(request(device), {}));
    for (const device of devices) remote.observe(answer(device, `request of ${device}`));
    await Promise.all(asked);
  });
});

describe('without an answer', () => {
  test('the request is given up, and health says so until the first answer', async () => {
    const { engine, remote } = await opened();
    for (const times of [1, 2]) {
      const deadline = new AbortController();
      const asked = engine.infer(request('a'), {}, deadline.signal);
      deadline.abort();
      await expect(asked).rejects.toMatchObject({ code: 'E_TIMEOUT' });
      expect(engine.health!()).toMatchObject({
        ok: false,
        reason: expect.stringContaining(times === 1 ? 'request has' : '2'),
      });
    }
    remote.observe(command('a', { source: 'manual' }));
    expect(engine.health!().ok).toBe(false);
    remote.observe(answer('b', 'whatever'));
    expect(engine.health!()).toEqual({ ok: true });
  });

  test('what is asked too late is not sent', async () => {
    const { engine, transport } = await opened();
    const sent: string[] = [];
    transport.onPublish(({ topic }) => sent.push(topic));
    await expect(engine.infer(request('a'), {}, AbortSignal.abort())).rejects.toMatchObject({ code: 'E_TIMEOUT' });
    expect(sent).toEqual([]);
  });

  test('abandoned is for good, until it is opened again', async () => {
    const { engine, remote } = await opened();
    const asked = [engine.infer(request('a'), {}), engine.infer(request('b'), {})];
    remote.abandon();
    asked.push(engine.infer(request('c'), {}));
    for (const each of asked) await expect(each).rejects.toMatchObject({ code: 'E_TRANSPORT' });
    await engine.close();
    await engine.open(defaultContext());
    const again = engine.infer(request('a'), {});
    remote.observe(answer('a', 'request of a'));
    expect(await outcome(again)).toBe('resolved to undefined');
  });

  test('a broker that refuses is its own reason', async () => {
    const transport = memoryTransport();
    const refused = new LouverError('E_TRANSPORT', 'the broker is away');
    const engine = remoteEngine({
      transport: { ...transport, publish: () => Promise.reject(refused) },
      codec: lineCodec(),
    });
    await expect(engine.infer(request('a'), {})).rejects.toBe(refused);
    expect(engine.health!()).toEqual({ ok: true });
  });
});

test.each([
  ['a codec without inference topics', lineCodecWithout(), 30_000],
  ['a time of nothing', lineCodec(), 0],
  ['no number', lineCodec(), NaN],
])('%s is refused', (_, codec, timeoutMs) => {
  expect(() => remoteEngine({ transport: memoryTransport(), codec, timeoutMs })).toThrow(
    expect.objectContaining({ code: 'E_CONFIG' }),
  );
});

function lineCodecWithout(): Codec {
  const { requestFilters: _, answerFilters: __, ...codec } = lineCodec();
  return codec;
}
