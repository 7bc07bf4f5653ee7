import type { Worker } from 'node:worker_threads';
import type { LouverError } from '@louver/core';
import { type Prediction } from '@louver/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { predictorRig, rowOf, type PredictorRig } from './predictor-rig.js';
import { hangingModel, hungryModel, sumModel } from './test-models.js';

let rig: PredictorRig;
beforeEach(async () => {
  rig = await predictorRig();
});
afterEach(() => rig.close());

const codes = (settled: readonly PromiseSettledResult<Prediction>[]): readonly string[] =>
  settled.map((result) => (result.status === 'fulfilled' ? 'ok' : (result.reason as LouverError).code));

describe('asked whether they are there', () => {
  test('workers answer, and one that was lost is started again without anybody asking it something', async () => {
    const threads: Worker[] = [];
    const watch = (thread: Worker): unknown => threads.push(thread);
    process.on('worker', watch);
    const predictor = await rig.open(await rig.write('m.onnx', sumModel({ version: 'v1' })), { workers: 2 });
    const { signal } = new AbortController();
    await predictor.check!(signal);
    expect([threads.length, rig.counted('predictions_total')]).toEqual([2, 0]);
    await threads[1]!.terminate();
    expect(predictor.health!()).toMatchObject({ ok: false, reason: expect.stringContaining('was lost') as string });
    await predictor.check!(signal);
    process.off('worker', watch);
    expect([predictor.health!(), threads.length]).toEqual([{ ok: true }, 3]);
    const calls = [1, 2, 3].map((sum) => predictor.predict(rowOf(sum)));
    const checked = predictor.check!(signal);
    expect((await Promise.all(calls)).map(({ value }) => value)).toEqual([1, 2, 3]);
    await checked;
  });

  test('one that is lost while it is asked says so; closed, nobody waits for an answer', async () => {
    const threads: Worker[] = [];
    const watch = (thread: Worker): unknown => threads.push(thread);
    process.on('worker', watch);
    const predictor = await rig.open(await rig.write('m.onnx', sumModel({ version: 'v1' })), { workers: 1 });
    process.off('worker', watch);
    const { signal } = new AbortController();
    const asked = predictor.check!(signal);
    void threads[0]!.terminate();
    await expect(asked).rejects.toThrow(/the model's worker crashed/);
    const again = predictor.check!(signal);
    await predictor.close();
    await again;
  });
});

describe('a line for each model', () => {
  test('what is asked together is answered together, and as if it were alone', async () => {
    const predictor = await rig.open(await rig.write('m.onnx', sumModel({ version: 'v1' })), { workers: 1 });
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => predictor.predict(rowOf(i))));
    expect(answers.map(({ value }) => value)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(rig.observed('prediction_batch_rows')).toEqual([64, 64, 64, 8]);
    expect(rig.observed('prediction_ms')).toHaveLength(200);
    expect(rig.counted('predictions_total')).toBe(200);
  });

  test('workers that idle share what waits', async () => {
    const predictor = await rig.open(await rig.write('m.onnx', sumModel({ version: 'v1' })), { workers: 3 });
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => predictor.predict(rowOf(i))));
    expect(answers.map(({ value }) => value)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(rig.observed('prediction_batch_rows')).toEqual([10, 10, 10]);
  });

  test('of a device only the newest waits, and takes the place of the older one', async () => {
    const predictor = await rig.open(await rig.write('m.onnx', sumModel({ version: 'v1' })), { queueLimit: 2 });
    const calls = [1, 2, 3].map((sum) => predictor.predict(rowOf(sum), undefined, 'dev-1'));
    const other = predictor.predict(rowOf(4), undefined, 'dev-2');
    const tooMany = predictor.predict(rowOf(5), undefined, 'dev-3');
    const newest = predictor.predict(rowOf(6), undefined, 'dev-1');
    expect(codes(await Promise.allSettled([...calls, other, tooMany, newest]))).toEqual([
      'E_SUPERSEDED',
      'E_SUPERSEDED',
      'E_SUPERSEDED',
      'ok',
      'E_OVERLOADED',
      'ok',
    ]);
    expect((await newest).value).toBe(6);
    expect(rig.counted('predictions_superseded_total')).toBe(3);
  });

  test('a call given up leaves its place to another', async () => {
    const predictor = await rig.open(await rig.write('m.onnx', sumModel({ version: 'v1' })), { queueLimit: 1 });
    const stop = new AbortController();
    const first = predictor.predict(rowOf(1), stop.signal, 'dev-1');
    stop.abort();
    const second = predictor.predict(rowOf(2), undefined, 'dev-1');
    expect(codes(await Promise.allSettled([first, second]))).toEqual(['E_TIMEOUT', 'ok']);
  });

  test('whatever is asked, superseded and given up: every call ends, and answers are its own', async () => {
    const predictor = await rig.open(await rig.write('m.onnx', sumModel({ version: 'v1' })), {
      workers: 2,
      queueLimit: 8,
    });
    const step = fc.record({ device: fc.integer({ min: 0, max: 4 }), gaveUp: fc.boolean(), turn: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const calls: Promise<PromiseSettledResult<Prediction>>[] = [];
        for (const [i, { device, gaveUp, turn }] of steps.entries()) {
          const stop = new AbortController();
          const call = predictor.predict(rowOf(i), stop.signal, device === 0 ? undefined : `dev-${device}`);
          calls.push(Promise.allSettled([call]).then(([settled]) => settled));
          if (gaveUp) stop.abort();
          if (turn) await new Promise((resolve) => setImmediate(resolve));
        }
        const settled = await Promise.all(calls);
        settled.forEach((result, i) => {
          if (result.status === 'fulfilled') expect(result.value.value).toBe(i);
          else expect(['E_SUPERSEDED', 'E_OVERLOADED', 'E_TIMEOUT']).toContain((result.reason as LouverError).code);
        });
        expect(predictor.health?.()).toEqual({ ok: true });
      }),
      { numRuns: 60 },
    );
  });
});

describe('a worker that is lost', () => {
  test('a run that hangs is given up; the next call has a new worker', async () => {
    const path = await rig.write('m.onnx', hangingModel('v1'));
    const predictor = await rig.open(path, { timeoutMs: 200 });
    const hanging = predictor.predict(rowOf(2000));
    const waiting = predictor.predict(rowOf(2));
    const settled = await Promise.allSettled([hanging, waiting]);
    expect(settled[0]).toMatchObject({
      reason: { code: 'E_TIMEOUT', message: expect.stringContaining('has not answered within 200 ms') as string },
    });
    // The model takes one row at a time: what waited in the thread behind it was not begun, and is run by the next worker.
    expect(settled[1]).toMatchObject({ value: { value: 2 } });
    expect((await predictor.predict(rowOf(7))).value).toBe(7);
    expect(predictor.health?.()).toEqual({ ok: true });
    expect(rig.counted('model_workers_lost_total')).toBe(1);
  });

  test('the model is as it was opened, whatever became of its file', async () => {
    const path = await rig.write('m.onnx', hangingModel('v1'));
    const predictor = await rig.open(path, { timeoutMs: 200 });
    await rig.write('m.onnx', 'no model any more');
    await expect(predictor.predict(rowOf(2000))).rejects.toMatchObject({ code: 'E_TIMEOUT' });
    expect((await predictor.predict(rowOf(7))).value).toBe(7);
  });

  test('memory that runs out fails the call, not the next', async () => {
    const predictor = await rig.open(await rig.write('m.onnx', hungryModel('v1')), { timeoutMs: 20_000 });
    expect((await predictor.predict(rowOf(1000))).value).toBe(1000);
    await expect(predictor.predict(rowOf(3e9))).rejects.toMatchObject({ code: 'E_MODEL' });
    expect((await predictor.predict(rowOf(1000))).value).toBe(1000);
  });
});
