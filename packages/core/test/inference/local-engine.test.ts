import {
  clampPolicy,
  defaultContext,
  localEngine,
  LouverError,
  type InferenceRequest,
  type LocalEngineOptions,
  type ModelColumn,
  type ModelContract,
  type Predictor,
} from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { describe, expect, test } from 'vitest';
import { START_MS } from '../support/rig.js';
import { linearPredictor, loudnessFeatures } from '../support/test-parts.js';

const LOUD = new Uint8Array(Int16Array.of(3000, -3000).buffer);
const RECORDING = {
  bytes: LOUD,
  format: 'pcm_s16le',
  sampleRateHz: 16_000,
  durationS: 1,
  sha256: 'ab'.repeat(32),
} as const;

function request(change: Partial<InferenceRequest> = {}): InferenceRequest {
  const scalars = { temperature: 25, humidity: 50 };
  return { kind: 'inference-request', requestId: 'm1', deviceId: 'a', timestampMs: 5, scalars, ...change };
}

async function engineOf(options: Partial<LocalEngineOptions> = {}) {
  const engine = localEngine({ predictor: linearPredictor(), features: loudnessFeatures(), ...options });
  await engine.open(defaultContext({ clock: manualClock(START_MS) }));
  return engine;
}

test('features, model and policy make a command', async () => {
  const engine = await engineOf();
  const result = await engine.infer(request({ recording: RECORDING }), {});
  expect(result).toMatchObject({
    requestId: 'm1',
    timestampMs: 5,
    value: 22,
    command: {
      position: 22,
      requestId: 'm1',
      timestampMs: START_MS,
      expiresAtMs: START_MS + 300_000,
      source: 'model',
      modelVersion: 'linear-1',
      audioSha256: RECORDING.sha256,
      featuresUsed: { temperature: 25, humidity: 50, audioFeatures: ['rms_mean'] },
    },
  });
});

test('without a recording no audio is named', async () => {
  const result = await (await engineOf()).infer(request(), {});
  expect(result?.command?.featuresUsed.audioFeatures).toEqual([]);
  expect(result?.command).not.toHaveProperty('audioSha256');
});

test('the command id depends on request and model alone', async () => {
  const first = await (await engineOf()).infer(request(), {});
  const repeated = await (
    await engineOf()
  ).infer(request({ timestampMs: 99, scalars: { temperature: 7, humidity: 1 } }), {});
  expect(repeated?.command?.commandId).toBe(first?.command?.commandId);
  expect(first?.command?.commandId).toMatch(/^[0-9a-f]{32}$/);
  const other = await (await engineOf()).infer(request({ requestId: 'm2' }), {});
  expect(other?.command?.commandId).not.toBe(first?.command?.commandId);
  const newer = linearPredictor();
  const predict = newer.predict.bind(newer);
  const upgraded = await engineOf({
    predictor: { ...newer, predict: async (vector) => ({ ...(await predict(vector)), modelVersion: 'linear-2' }) },
  });
  expect((await upgraded.infer(request(), {}))?.command?.commandId).not.toBe(first?.command?.commandId);
});

describe('holds', () => {
  const columns: readonly ModelColumn[] = [
    { name: 'temperature', ifMissing: 'hold' },
    { name: 'humidity', ifMissing: 50 },
    { name: 'rms_mean', ifMissing: 'hold' },
  ];

  test('for a column that is missing and has no stand-in, without asking the model', async () => {
    const engine = await engineOf({ predictor: linearPredictor(columns) });
    const held = await engine.infer(request(), {});
    expect(held).toMatchObject({ reason: 'missing-column:rms_mean', value: NaN, modelVersion: 'linear-1' });
    expect(held).not.toHaveProperty('command');
    expect(await engine.infer(request({ recording: RECORDING, scalars: { temperature: 20 } }), {})).toHaveProperty(
      'command',
    );
  });

  test('for NaN, which never reaches the model', async () => {
    const engine = await engineOf();
    const held = await engine.infer(request({ scalars: { temperature: NaN, humidity: 50 } }), {});
    expect(held).toMatchObject({ reason: 'missing-column:temperature' });
  });

  test('when the recording cannot be analysed and the model needs it; with a stand-in it goes on', async () => {
    const features = {
      ...loudnessFeatures(),
      extract: () => Promise.reject(new LouverError('E_FEATURES', 'noise of nothing')),
    };
    const strict = await engineOf({ features, predictor: linearPredictor(columns) });
    expect(await strict.infer(request({ recording: RECORDING }), {})).toMatchObject({
      reason: 'missing-column:rms_mean',
    });
    const lenient = await engineOf({ features });
    const result = await lenient.infer(request({ recording: RECORDING }), {});
    expect(result?.command?.featuresUsed.audioFeatures).toEqual([]);
    expect(result?.command).not.toHaveProperty('audioSha256');
  });

  test('when the policy says so; it sees the situation', async () => {
    const situations: unknown[] = [];
    const engine = await engineOf({
      policy: {
        decide(_prediction, context) {
          situations.push([context.reportedPosition, context.nowMs]);
          return { hold: 'storm' };
        },
      },
    });
    const result = await engine.infer(request(), { reportedPosition: 40 });
    expect(result).toMatchObject({ value: 25, reason: 'storm' });
    expect(result).not.toHaveProperty('command');
    expect(situations).toEqual([[40, START_MS]]);
  });
});

test("a position that is not the model's goes out with its reason", async () => {
  const careful = await engineOf({ policy: clampPolicy({ minConfidence: 0.95, safePosition: 5 }) });
  const result = await careful.infer(request(), {});
  expect(result).toMatchObject({ value: 25, confidence: 0.9, reason: 'confidence-too-low', command: { position: 5 } });
  expect(await (await engineOf()).infer(request(), {})).not.toHaveProperty('reason');
});

describe('refuses at opening', () => {
  const recipe = (trainedOn: string) => ({ ...linearPredictor(), recipe: trainedOn });

  test('a model of another recipe, naming both', async () => {
    await expect(engineOf({ predictor: recipe('other') })).rejects.toThrow(
      /E_MODEL.*recipe other.*recipe loudness: give the extractor the model's parameters \(in a server: audio\.preparation and audio\.parameters\), or/,
    );
    await engineOf({ predictor: recipe('loudness') });
  });

  test('not when the model uses no audio', async () => {
    const scalarsOnly = { ...linearPredictor([{ name: 'temperature', ifMissing: 'hold' }]), recipe: 'other' };
    const engine = await engineOf({ predictor: scalarsOnly });
    expect((await engine.infer(request(), {}))?.command?.position).toBe(25);
  });

  test('and closes what it has opened', async () => {
    const closed: string[] = [];
    const predictor = { ...recipe('other'), close: async () => void closed.push('predictor') };
    const features = { ...loudnessFeatures(), close: async () => void closed.push('features') };
    await expect(engineOf({ predictor, features })).rejects.toThrow('E_MODEL');
    expect(closed.sort()).toEqual(['features', 'predictor']);
  });
});

describe('a model that takes over', () => {
  /** A predictor that serves whatever model it is given, when the engine accepts it. */
  function changing(first: Predictor) {
    let serving = first;
    let accept: (candidate: ModelContract) => void = () => undefined;
    const predictor: Predictor = {
      ...first,
      get columns() {
        return serving.columns;
      },
      get recipe() {
        return serving.recipe;
      },
      predict: (features, signal) => serving.predict(features, signal),
      acceptOnly: (check) => (accept = check),
    };
    return {
      predictor,
      swap(next: Predictor) {
        accept(next);
        serving = next;
      },
    };
  }

  test('is fed its own columns, the first inference after it on', async () => {
    const { predictor, swap } = changing(linearPredictor());
    const engine = await engineOf({ predictor });
    const heard = request({ recording: RECORDING });
    const before = engine.infer(heard, {});
    // Its features are being made: the vector is for whoever serves then.
    swap(linearPredictor([{ name: 'temperature', ifMissing: 'hold' }]));
    expect((await before)?.command).toMatchObject({ position: 25, featuresUsed: { audioFeatures: [] } });
    swap(linearPredictor(['rms_mean', 'humidity', 'temperature'].map((name) => ({ name, ifMissing: 'hold' }))));
    expect((await engine.infer(heard, {}))?.value).toBeCloseTo(3000 - 25 / 1000, 6);
  });

  test('is refused when nobody provides what it wants, or it heard other features', async () => {
    const { predictor, swap } = changing(linearPredictor());
    const engine = await engineOf({ predictor });
    expect(() => swap(linearPredictor([{ name: 'co2', ifMissing: 0 }]))).toThrow(
      'E_MODEL: the model wants 1 columns that nobody provides: co2',
    );
    expect(() => swap({ ...linearPredictor(), recipe: 'other' })).toThrow('recipe other');
    expect((await engine.infer(request(), {}))?.command?.position).toBe(25);
  });
});
