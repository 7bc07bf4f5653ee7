import { readdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultContext, type LouverError } from '@louver/core';
import { manualClock, type ManualClock } from '@louver/core/testkit';
import { onnxPredictor, type OnnxPredictor } from '../../src/index.js';
import { predictorRig, rowOf, type PredictorRig } from './predictor-rig.js';
import { bareSumModel, COLUMNS, hangingModel, hungryModel, pickingModel, rootModel, sumModel } from './test-models.js';

let rig: PredictorRig;
beforeEach(async () => {
  rig = await predictorRig();
});
afterEach(() => rig.close());

const states = ({ versions }: OnnxPredictor): readonly string[] =>
  versions.map(({ version, state }) => `${version} ${state}`);

/** Lets the watch look again and again until the version serves: a thread opens it meanwhile. */
async function servesInTime(predictor: OnnxPredictor, clock: ManualClock, version: string): Promise<void> {
  const looked = async (): Promise<boolean> => {
    await clock.advance(1000);
    return predictor.modelVersion === version;
  };
  await vi.waitUntil(looked, { timeout: 30_000, interval: 5 });
}

describe('a swap', () => {
  test('takes over between two predictions; every prediction says whose it is', async () => {
    const predictor = await rig.open(await rig.write('a.onnx', sumModel({ version: 'v1' })));
    const path = await rig.write('b.onnx', sumModel({ version: 'v2', bias: 100 }));
    const before = predictor.predict(rowOf(1));
    const swap = predictor.swapTo(path);
    const meanwhile = predictor.predict(rowOf(2));
    const serving = await swap;
    const after = predictor.predict(rowOf(3));
    const answers = await Promise.all([before, meanwhile, after]);
    expect(answers.map(({ value, modelVersion }) => [value, modelVersion])).toEqual([
      [1, 'v1'],
      [2, 'v1'],
      [103, 'v2'],
    ]);
    expect(serving).toMatchObject({ version: 'v2', name: 'test', path, state: 'serving', predictions: 0 });
    expect(serving.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(states(predictor)).toEqual(['v2 serving', 'v1 standby']);
    expect(predictor.versions.map(({ predictions }) => predictions)).toEqual([1, 2]);
  });

  test.each([
    ['that is no model', () => 'no model', 'cannot be read as an ONNX model'],
    ['that wants other columns', () => sumModel({ version: 'v2', columns: COLUMNS.slice(1) }), 'it wants the columns humidity, noise, the one that serves gets temperature, humidity, noise'], // prettier-ignore
  ])('to a file %s is refused; the old one serves on', async (_, bytes, words) => {
    const predictor = await rig.open(await rig.write('a.onnx', sumModel({ version: 'v1' })));
    const path = await rig.write('b.onnx', bytes());
    await expect(predictor.swapTo(path)).rejects.toThrow(words);
    expect(await predictor.predict(rowOf(1))).toMatchObject({ value: 1, modelVersion: 'v1' });
    expect(predictor.versions[0]).toMatchObject({ path, state: 'refused', reason: expect.stringContaining(words) as string }); // prettier-ignore
    expect(predictor.health?.()).toEqual({ ok: true });
  });

  test('to other columns is fine for whoever can feed them', async () => {
    const predictor = await rig.open(await rig.write('a.onnx', sumModel({ version: 'v1' })));
    const asked: string[] = [];
    predictor.acceptOnly?.(({ modelVersion, columns }) => {
      asked.push(modelVersion);
      if (columns.some(({ name }) => name === 'co2')) throw new Error('nobody measures co2');
    });
    const co2 = [{ name: 'co2', ifMissing: 0 }];
    const refused = predictor.swapTo(await rig.write('b.onnx', sumModel({ version: 'v2', columns: co2 })));
    await expect(refused).rejects.toThrow('nobody measures co2');
    await predictor.swapTo(await rig.write('c.onnx', sumModel({ version: 'v3', columns: COLUMNS.slice(1) })));
    expect(asked).toEqual(['v2', 'v3']);
    expect(predictor.columns.map(({ name }) => name)).toEqual(['humidity', 'noise']);
    await expect(predictor.predict(rowOf(1))).rejects.toThrow('got 3 features, expected 2');
    expect((await predictor.predict(Float32Array.of(1, 2))).value).toBe(3);
  });

  test('to the model that serves changes nothing; another file of the same version is told apart', async () => {
    const path = await rig.write('a.onnx', sumModel({ version: 'v1' }));
    const predictor = await rig.open(path);
    expect(await predictor.swapTo(path)).toMatchObject({ version: 'v1', state: 'serving' });
    const other = await predictor.swapTo(await rig.write('b.onnx', sumModel({ version: 'v1', bias: 1 })));
    expect(other.version).toMatch(/^v1\+[0-9a-f]{8}$/);
    expect((await predictor.predict(rowOf(1))).modelVersion).toBe(other.version);
    expect((await predictor.swapTo(path)).version).toBe('v1');
    expect(states(predictor)).toEqual(['v1 serving', `${other.version} standby`, 'v1 retired']);
  });

  test('back to the model before, by hand', async () => {
    const predictor = await rig.open(await rig.write('a.onnx', sumModel({ version: 'v1' })));
    await expect(predictor.rollBack()).rejects.toThrow('there is no model before v1 that stands by');
    await predictor.swapTo(await rig.write('b.onnx', sumModel({ version: 'v2', bias: 100 })));
    expect(await predictor.rollBack('the windows are cold')).toMatchObject({ version: 'v1', state: 'serving' });
    expect((await predictor.predict(rowOf(1))).value).toBe(1);
    expect(states(predictor)).toEqual(['v2 rolled-back', 'v1 serving']);
    expect(predictor.versions[0]).toMatchObject({ reason: 'the windows are cold' });
  });

  test('back, while another one is being opened: the one that serves gives way, and the new one takes over from the one before', async () => {
    const predictor = await rig.open(await rig.write('a.onnx', sumModel({ version: 'v1' })));
    await predictor.swapTo(await rig.write('b.onnx', sumModel({ version: 'v2' })));
    const coming = predictor.swapTo(await rig.write('c.onnx', sumModel({ version: 'v3' })));
    expect((await predictor.rollBack()).version).toBe('v1');
    expect((await coming).version).toBe('v3');
    expect(states(predictor)).toEqual(['v3 serving', 'v2 rolled-back', 'v1 standby']);
  });

  test('however many are refused, those that live stay on the list', async () => {
    const predictor = await rig.open(await rig.write('a.onnx', sumModel({ version: 'v1' })));
    await predictor.swapTo(await rig.write('b.onnx', sumModel({ version: 'v2' })));
    const broken = await rig.write('c.onnx', '');
    for (let i = 0; i < 70; i++) await expect(predictor.swapTo(broken)).rejects.toMatchObject({ code: 'E_MODEL' });
    expect(states(predictor).filter((line) => !line.endsWith('refused'))).toEqual(['v2 serving', 'v1 standby']);
    expect(predictor.versions).toHaveLength(66);
  });

  test('of weights that lie in another file, or of the manifest alone, is a swap to another model', async () => {
    const manifest = { name: 'm', version: 'v1', columns: COLUMNS, outputs: { position: 'y' } };
    const path = await rig.write('a.onnx', bareSumModel());
    await rig.write('a.onnx.json', JSON.stringify(manifest));
    const predictor = await rig.open(path);
    await rig.write('a.onnx.json', JSON.stringify({ ...manifest, trainedOn: 'something else' }));
    expect((await predictor.swapTo(path)).version).toMatch(/^v1\+[0-9a-f]{8}$/);
    await rig.write('a.onnx.json', JSON.stringify({ ...manifest, version: 'v2' }));
    expect((await predictor.swapTo(path)).version).toBe('v2');
    await rig.write('a.onnx.json', JSON.stringify(manifest));
    expect((await predictor.swapTo(path)).version).toBe('v1');
  });

  test('a second open, of the same predictor, is refused; one that failed may be tried again', async () => {
    const path = await rig.write('a.onnx', '');
    const predictor = onnxPredictor(path);
    await expect(predictor.open(defaultContext())).rejects.toMatchObject({ code: 'E_MODEL' });
    await rig.write('a.onnx', sumModel({ version: 'v1' }));
    await predictor.open(defaultContext());
    await expect(predictor.open(defaultContext())).rejects.toThrow(
      'E_NOT_OPEN: onnxPredictor is open, or opens, already',
    );
    await predictor.close();
  });

  test('one that is closed while a model is being opened does not wait for it, and stays closed', async () => {
    const path = await rig.write('a.onnx', sumModel({ version: 'v1' }));
    const predictor = onnxPredictor(path);
    const opening = predictor.open(defaultContext());
    await Promise.all([predictor.close(), expect(opening).rejects.toMatchObject({ code: 'E_NOT_OPEN' })]);
    expect(predictor.health?.()).toMatchObject({ ok: false });
    expect(predictor.versions).toEqual([]);
  });

  test('after close, and before open, there is none', async () => {
    const path = await rig.write('a.onnx', sumModel({ version: 'v1' }));
    const predictor = await rig.open(path);
    const late = predictor.swapTo(await rig.write('b.onnx', sumModel({ version: 'v2' })));
    await Promise.all([predictor.close(), expect(late).rejects.toMatchObject({ code: 'E_NOT_OPEN' })]);
    await expect(predictor.swapTo(path)).rejects.toMatchObject({ code: 'E_NOT_OPEN' });
    await expect(predictor.rollBack()).rejects.toMatchObject({ code: 'E_NOT_OPEN' });
  });
});

describe('a model that fails after it has taken over', () => {
  test('has its failures answered by the one before, which takes over again when they are too many', async () => {
    const predictor = await rig.open(await rig.write('a.onnx', sumModel({ version: 'v1' })));
    await predictor.swapTo(await rig.write('b.onnx', rootModel('v2')));
    const answers = [];
    for (let i = 0; i < 40; i++) answers.push(await predictor.predict(rowOf(4)));
    for (let i = 0; i < 3; i++) answers.push(await predictor.predict(rowOf(-4)));
    answers.push(await predictor.predict(rowOf(4)));
    const told = answers.map(({ value, modelVersion }) => `${modelVersion}: ${value}`);
    expect(told.slice(39)).toEqual(['v2: 2', 'v1: -4', 'v1: -4', 'v1: -4', 'v1: 4']);
    expect(predictor.versions[0]).toMatchObject({
      version: 'v2',
      state: 'rolled-back',
      reason: '3 of its last 43 predictions were no finite number, at most 1 % may',
      predictions: 40,
      notFinite: 3,
    });
    expect(predictor.modelVersion).toBe('v1');
  });

  test('fails alone: what it was asked together with the call that it fails at is answered', async () => {
    const others = COLUMNS.map(({ name }, i) => ({ name, ifMissing: i + 0.5 }));
    const predictor = await rig.open(await rig.write('a.onnx', sumModel({ version: 'v1', columns: others })));
    await predictor.swapTo(await rig.write('b.onnx', pickingModel('v2')));
    const answers = await Promise.all([0, 1, 7, 2].map((sum) => predictor.predict(rowOf(sum))));
    expect(answers.map(({ value, modelVersion }) => [value, modelVersion])).toEqual([
      [10, 'v2'],
      [20, 'v2'],
      [7, 'v1'],
      [30, 'v2'],
    ]);
    expect(predictor.versions[0]).toMatchObject({ version: 'v2', state: 'serving', predictions: 3, errors: 1 });
  });

  test('that asks for too much memory fails, and serves on', async () => {
    const predictor = await rig.open(await rig.write('a.onnx', sumModel({ version: 'v1' })));
    await predictor.swapTo(await rig.write('b.onnx', hungryModel('v2')));
    await expect(predictor.predict(rowOf(3e9))).resolves.toMatchObject({ modelVersion: 'v1' });
    expect(predictor.versions[0]).toMatchObject({ version: 'v2', state: 'serving', errors: 1 });
  });

  test('whose calls the one before would not have been given: they fail, and may be asked again', async () => {
    const strict = COLUMNS.map(({ name }) => ({ name, ifMissing: 'hold' as const }));
    const first = await rig.write('a.onnx', sumModel({ version: 'v1', columns: strict }));
    const predictor = await rig.open(first, { timeoutMs: 200 });
    await predictor.swapTo(await rig.write('b.onnx', hangingModel('v2')));
    const calls = [2000, 1, 2, 3].map((sum) => predictor.predict(rowOf(sum)));
    const settled = await Promise.allSettled(calls);
    expect(settled.map((result) => (result.status === 'rejected' ? (result.reason as LouverError).retryable : 'ok'))).toEqual([true, true, true, true]); // prettier-ignore
    expect(settled[1]).toMatchObject({ reason: { message: expect.stringContaining('ask again') as string } });
    expect(predictor.modelVersion).toBe('v1');
  });

  test('answers the newest call of a device, whichever model it was asked of', async () => {
    const predictor = await rig.open(await rig.write('a.onnx', sumModel({ version: 'v1' })), { timeoutMs: 200 });
    await predictor.swapTo(await rig.write('b.onnx', hangingModel('v2')));
    // Two run or are under way, the others wait; then all are handed over.
    const older = Promise.allSettled([2000, 1, 2, 3].map((sum) => predictor.predict(rowOf(sum), undefined, 'dev-1')));
    await new Promise((resolve) => setImmediate(resolve));
    const newest = predictor.predict(rowOf(4), undefined, 'dev-1');
    const settled = await older;
    expect((await newest).value).toBe(4);
    for (const result of settled) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'E_SUPERSEDED' });
    }
  });

  test('keeps serving when few fail, and when there is none before', async () => {
    const predictor = await rig.open(await rig.write('b.onnx', rootModel('v2')), {
      rollBack: { maxNotFiniteRate: 0.5, minFailures: 2 },
    });
    for (let i = 0; i < 5; i++) await expect(predictor.predict(rowOf(-4))).rejects.toMatchObject({ code: 'E_MODEL' });
    await predictor.swapTo(await rig.write('c.onnx', rootModel('v3')));
    for (const sum of [4, -4, 4]) {
      // Both fail at it.
      if (sum < 0) await expect(predictor.predict(rowOf(sum))).rejects.toThrow('output y is NaN');
      else await predictor.predict(rowOf(sum));
    }
    expect(predictor.modelVersion).toBe('v3');
  });

  test('that hangs gives way, and what waited for it is answered', async () => {
    const predictor = await rig.open(await rig.write('a.onnx', sumModel({ version: 'v1' })), {
      timeoutMs: 200,
    });
    await predictor.swapTo(await rig.write('b.onnx', hangingModel('v2')));
    const sums = [2000, 1, 2, 3, 4];
    const answers = await Promise.all(sums.map((sum) => predictor.predict(rowOf(sum))));
    expect(answers.map(({ value }) => value)).toEqual(sums);
    expect(states(predictor)).toEqual(['v2 rolled-back', 'v1 serving']);
  });
});

describe('a folder', () => {
  /** With a time of its own: what is written in the same millisecond has no order. */
  async function place(name: string, bytes: Uint8Array | string, second: number): Promise<string> {
    const path = await rig.write(`models/${name}`, bytes);
    await utimes(path, second, second);
    return path;
  }

  test('serves the newest model that passes', async () => {
    await place('a.onnx', sumModel({ version: 'v1' }), 1000);
    await place('b.onnx', sumModel({ version: 'v2' }), 3000);
    await place('c.onnx', 'no model', 4000);
    const predictor = await rig.open(join(rig.folder, 'models'));
    expect(predictor.modelVersion).toBe('v2');
    expect(predictor.versions.map(({ state }) => state)).toEqual(['serving', 'refused']);
  });

  test('that is watched: of two that come at once, the older serves when the newer is refused', async () => {
    const clock = manualClock(1e12);
    await place('a.onnx', sumModel({ version: 'v1' }), 1000);
    const predictor = await rig.open(join(rig.folder, 'models'), { watch: true }, { clock });
    await place('b.onnx', sumModel({ version: 'v2' }), 2000);
    await place('c.onnx', 'no model', 3000);
    await servesInTime(predictor, clock, 'v2');
    expect(states(predictor)).toEqual(['v2 serving', ' refused', 'v1 standby']);
  });

  test('passes by a model that whoever asks cannot feed', async () => {
    await place('a.onnx', sumModel({ version: 'v1' }), 1000);
    await place('b.onnx', sumModel({ version: 'v2', columns: [{ name: 'co2', ifMissing: 0 }] }), 2000);
    const predictor = onnxPredictor(join(rig.folder, 'models'));
    predictor.acceptOnly?.(({ columns }) => {
      if (columns.some(({ name }) => name === 'co2')) throw new Error('nobody measures co2');
    });
    await predictor.open(defaultContext());
    expect(states(predictor)).toEqual(['v1 serving', 'v2 refused']);
    await predictor.close();
  });

  test('has versions of its own', async () => {
    await place('a.onnx', sumModel({ version: 'v1' }), 1000);
    await expect(rig.open(join(rig.folder, 'models'), { modelVersion: 'v9' })).rejects.toThrow(
      'modelVersion is v9, and',
    );
    expect(() => onnxPredictor('x.onnx', { modelVersion: 'v9', watch: true, timeoutMs: Infinity })).toThrow(
      /E_CONFIG.*timeoutMs is Infinity.*modelVersion is v9, expected none with watch/,
    );
  });

  test('without a model, or with broken ones only, is refused in words', async () => {
    await place('readme.txt', 'models go here', 1000);
    const folder = join(rig.folder, 'models');
    await expect(rig.open(folder)).rejects.toThrow(
      `${folder}: it is a folder without a model that may serve, expected *.onnx files in it`,
    );
    await place('a.onnx', 'no model', 1000);
    await expect(rig.open(folder)).rejects.toThrow('cannot be read as an ONNX model');
    await place('b.onnx', '', 2000);
    await expect(rig.open(folder)).rejects.toThrow(
      /none of the models can serve: .*b\.onnx: the file is empty.*a\.onnx/,
    );
  });

  test('that is watched: what comes takes over once it is whole; what was rolled back does not come again', async () => {
    const clock = manualClock(1e12);
    const options = { watch: true, watchIntervalMs: 1000, rollBack: { minFailures: 1 } };
    await place('a.onnx', sumModel({ version: 'v1' }), 1000);
    const folder = join(rig.folder, 'models');
    const predictor = await rig.open(folder, options, { clock });
    const whole = sumModel({ version: 'v2', bias: 1 });
    await place('b.onnx', whole.subarray(0, 100), 2000);
    await clock.advance(1000);
    await place('b.onnx', whole, 2001);
    await servesInTime(predictor, clock, 'v2');
    await place('c.onnx', rootModel('v3'), 3000);
    await servesInTime(predictor, clock, 'v3');
    expect(await predictor.predict(rowOf(-4))).toMatchObject({ value: -3, modelVersion: 'v2' });
    await expect.poll(() => readdir(folder)).toContain('c.onnx.rolled-back');
    await predictor.close();

    const again = await rig.open(folder, options, { clock });
    expect(again.modelVersion).toBe('v2');
    await again.close();
    await rm(join(folder, 'c.onnx.rolled-back'));
    expect((await rig.open(folder)).modelVersion).toBe('v3');
  });

  test('of one file: written anew, it takes over', async () => {
    const clock = manualClock(1e12);
    const path = await place('a.onnx', sumModel({ version: 'v1' }), 1000);
    const predictor = await rig.open(path, { watch: true }, { clock });
    await place('a.onnx', sumModel({ version: 'v2' }), 2000);
    await servesInTime(predictor, clock, 'v2');
    await rm(path);
    await clock.advance(5000);
    expect(predictor.versions).toHaveLength(2);
    expect((await predictor.predict(rowOf(1))).modelVersion).toBe('v2');
  });
});
