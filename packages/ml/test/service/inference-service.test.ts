import { expect, onTestFinished, test, vi } from 'vitest';
import {
  LouverError,
  memoryTransport,
  remoteEngine,
  type Context,
  type InferenceEngine,
  type InferenceRequest,
  type InferenceResult,
  type Transport,
} from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { createInferenceService } from '../../src/index.js';
import { lineCodec } from '../../../core/test/support/line-codec.js';

const NOW = Date.UTC(2026, 0, 1);

/** Answers when the test says so; notes what it was asked. */
function handEngine() {
  const asked: { request: InferenceRequest; lastPosition: number | undefined }[] = [];
  const answers: ((outcome: number | 'held' | Error) => void)[] = [];
  const state = { open: false };
  const engine: InferenceEngine = {
    name: 'hand-engine',
    open: async () => void (state.open = true),
    close: async () => void (state.open = false),
    infer(request, { lastCommand }) {
      asked.push({ request, lastPosition: lastCommand?.position });
      return new Promise((resolve, reject) => {
        answers.push((outcome) => (outcome instanceof Error ? reject(outcome) : resolve(resultOf(request, outcome))));
      });
    },
  };
  return { engine, asked, answers, state };
}

function resultOf(request: InferenceRequest, outcome: number | 'held'): InferenceResult {
  const { requestId, deviceId, timestampMs } = request;
  const prediction = { value: 50, confidence: 0.9, inferenceMs: 0.1, modelVersion: 'v1', outputs: {} };
  const result = { kind: 'inference-result', requestId, deviceId, timestampMs, ...prediction } as const;
  if (outcome === 'held') return { ...result, reason: 'confidence below 0.95' };
  const featuresUsed = { temperature: 20, humidity: 50, audioFeatures: [] };
  const ids = { deviceId, requestId, commandId: `c-${requestId}`, timestampMs: NOW, source: 'model' } as const;
  return { ...result, command: { kind: 'window', ...ids, position: outcome, confidence: 0.9, featuresUsed } };
}

async function rig(overrides: { readonly transport?: Partial<Transport>; readonly context?: Partial<Context> } = {}) {
  const memory = memoryTransport();
  const transport = { ...memory, ...overrides.transport };
  const hand = handEngine();
  const clock = manualClock(NOW);
  const context = { clock, ...overrides.context };
  const service = createInferenceService({ transport, codec: lineCodec(), engine: hand.engine, context });
  const sent: { topic: string; body: Record<string, unknown> }[] = [];
  memory.onPublish(({ topic, payload }) => {
    sent.push({ topic, body: JSON.parse(String(payload)) as Record<string, unknown> });
  });
  await service.open();
  onTestFinished(() => service.close());
  const ask = (deviceId: string, requestId: string) =>
    memory.inject(`ml/request/${deviceId}`, payloadOf(deviceId, requestId)).then(
      ({ level }) => level,
      (error: LouverError) => error.code,
    );
  return { ...hand, memory, service, sent, ask, clock };
}

/** As long as its caller waits. */
const unacknowledged: Transport['publish'] = (_message, signal) =>
  new Promise((_resolve, reject) => {
    const abort = (): void => reject(new LouverError('E_TRANSPORT', 'aborted by its caller'));
    if (signal!.aborted) abort();
    signal!.addEventListener('abort', abort);
  });

function payloadOf(deviceId: string, requestId: string): string {
  const scalars = { temperature: 20, humidity: 50 };
  const request: InferenceRequest = { kind: 'inference-request', requestId, deviceId, timestampMs: NOW, scalars };
  return String(lineCodec().encode(request).payload);
}

test('a request is acknowledged once command and response are out, not before', async () => {
  const { asked, answers, sent, ask } = await rig();
  let level: string | undefined;
  const acknowledged = ask('kitchen', 'r1').then((got) => (level = got));
  await vi.waitUntil(() => asked.length === 1);
  expect(asked[0]!.request).toMatchObject({ deviceId: 'kitchen', requestId: 'r1', scalars: { temperature: 20 } });
  expect([level, sent]).toEqual([undefined, []]);
  answers[0]!(40);
  await acknowledged;
  expect(level).toBe('answered');
  expect(sent.map(({ topic }) => topic)).toEqual(['w/kitchen', 'ml/response/kitchen']);
});

test('a held answer has no command, and is told all the same', async () => {
  const { asked, answers, sent, ask } = await rig();
  const acknowledged = ask('kitchen', 'r1');
  await vi.waitUntil(() => asked.length === 1);
  answers[0]!('held');
  expect(await acknowledged).toBe('answered');
  expect(sent.map(({ topic }) => topic)).toEqual(['ml/response/kitchen']);
});

test('per device one at a time, of those that wait the newest; devices do not wait for each other', async () => {
  const { asked, answers, ask } = await rig();
  const first = ask('kitchen', 'r1');
  await vi.waitUntil(() => asked.length === 1);
  const superseded = ask('kitchen', 'r2');
  const newest = ask('kitchen', 'r3');
  const other = ask('bath', 'r4');
  expect(await superseded).toBe('answered');
  await vi.waitUntil(() => asked.length === 2);
  answers[1]!(1);
  answers[0]!(2);
  expect(await Promise.all([first, other])).toEqual(['answered', 'answered']);
  await vi.waitUntil(() => asked.length === 3);
  answers[2]!(3);
  expect(await newest).toBe('answered');
  expect(asked.map(({ request }) => request.requestId)).toEqual(['r1', 'r4', 'r3']);
  // What it told the device before is what its policy goes by.
  expect(asked.map(({ lastPosition }) => lastPosition)).toEqual([undefined, undefined, 2]);
});

test('what is no request is refused in the log and acknowledged; its neighbours are answered', async () => {
  const errors: LouverError[] = [];
  const { memory, service, asked, answers, ask } = await rig();
  service.on('error', (error) => errors.push(error));
  expect((await memory.inject('ml/request/kitchen', '{')).level).toBe('answered');
  expect(errors.map(({ code, reason }) => [code, reason])).toEqual([['E_DECODE', 'not-json']]);
  const acknowledged = ask('kitchen', 'r1');
  await vi.waitUntil(() => asked.length === 1);
  answers[0]!(40);
  expect(await acknowledged).toBe('answered');
});

test('a model that fails is told, and does not block', async () => {
  const errors: LouverError[] = [];
  const { service, asked, answers, ask, sent } = await rig();
  service.on('error', (error) => errors.push(error));
  const acknowledged = ask('kitchen', 'r1');
  await vi.waitUntil(() => asked.length === 1);
  answers[0]!(new LouverError('E_MODEL', 'the weights are damaged'));
  expect(await acknowledged).toBe('answered');
  expect(errors.map(({ code }) => code)).toEqual(['E_MODEL']);
  // Whoever asked need not wait for an answer that never comes.
  expect(sent).toMatchObject([
    { topic: 'ml/response/kitchen', body: { requestId: 'r1', held: true, reason: 'failed:E_MODEL' } },
  ]);
});

test('an inference that hangs is given up', async () => {
  const errors: LouverError[] = [];
  const { service, asked, ask, clock } = await rig();
  service.on('error', (error) => errors.push(error));
  const acknowledged = ask('kitchen', 'r1');
  await vi.waitUntil(() => asked.length === 1);
  await clock.advance(10_000);
  expect(await acknowledged).toBe('answered');
  expect(errors.map(({ code }) => code)).toEqual(['E_TIMEOUT']);
});

test('a command that does not go out brings the request back', async () => {
  const publish = () => Promise.reject(new LouverError('E_TRANSPORT', 'not acknowledged within 10000 ms'));
  const { asked, answers, ask } = await rig({ transport: { publish } });
  const acknowledged = ask('kitchen', 'r1');
  await vi.waitUntil(() => asked.length === 1);
  answers[0]!(40);
  expect(await acknowledged).toBe('E_TRANSPORT');
});

test('closing answers what was begun; with the broker away it does not wait for it', async () => {
  const { service, asked, answers, ask, state } = await rig();
  const acknowledged = ask('kitchen', 'r1');
  await vi.waitUntil(() => asked.length === 1);
  const closed = service.close();
  answers[0]!(40);
  expect(await acknowledged).toBe('answered');
  await closed;
  expect(state.open).toBe(false);
  expect(service.health().state).toBe('stopped');

  let health: ReturnType<NonNullable<Transport['health']>> = { ok: true };
  const away = await rig({ transport: { publish: unacknowledged, health: () => health } });
  void away.ask('kitchen', 'r1');
  await vi.waitUntil(() => away.asked.length === 1);
  away.answers[0]!(40);
  health = { ok: false, reason: 'connection refused' };
  expect(away.service.health()).toMatchObject({ state: 'degraded', reasons: ['transport: connection refused'] });
  await away.service.close();
  expect(away.state.open).toBe(false);
});

test('closing gives up what a broker that hangs does not take; it comes again after the next start', async () => {
  const publish = vi.fn(unacknowledged);
  const { service, asked, answers, ask, clock, state } = await rig({ transport: { publish } });
  let acknowledged = false;
  void ask('kitchen', 'r1').then(() => (acknowledged = true));
  await vi.waitUntil(() => asked.length === 1);
  answers[0]!(40);
  await vi.waitUntil(() => publish.mock.calls.length === 1);
  void service.close();
  await vi.waitUntil(() => clock.advance(1_000).then(() => !state.open));
  expect([publish.mock.calls.length, acknowledged]).toEqual([1, false]);
});

test('an engine that is elsewhere itself, and a codec without inference topics, are refused', () => {
  const transport = memoryTransport();
  const codec = lineCodec();
  const engine = remoteEngine({ transport, codec });
  expect(() => createInferenceService({ transport, codec, engine })).toThrow(/E_CONFIG.*expected localEngine/);
  const { requestFilters: _none, ...deaf } = codec;
  expect(() => createInferenceService({ transport, codec: deaf, engine: handEngine().engine })).toThrow(
    /E_CONFIG.*no inference topics/,
  );
});

test('an engine that does not open leaves nothing behind', async () => {
  const opened: string[] = [];
  const memory = memoryTransport();
  const transport = {
    ...memory,
    open: async (context: Context) => void (opened.push('transport'), await memory.open(context)),
  };
  const engine = { ...handEngine().engine, open: () => Promise.reject(new LouverError('E_MODEL', 'no such file')) };
  const service = createInferenceService({ transport, codec: lineCodec(), engine });
  await expect(service.open()).rejects.toThrow(/E_MODEL: no such file/);
  expect(opened).toEqual([]);
  await service.close();
});
