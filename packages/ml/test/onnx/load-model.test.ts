import fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadModel, shippedModelPath } from '../../src/index.js';
import { MAX_WAITING_BYTES, WaitingRoom } from '../../src/onnx/waiting-room.js';
import { modelFolder, referenceFolder, rejection, type ModelFolder } from './model-folder.js';
import { identity, onnxBytes, tensor, value } from './onnx-bytes.js';

let folder: ModelFolder;
beforeAll(async () => {
  folder = await modelFolder();
});
afterAll(() => folder.remove());

const regressor = join(referenceFolder, 'regressor.onnx');
const one = { features: { dims: [1, 36], data: new Float32Array(36).fill(1) } };
const two = { features: { dims: [1, 36], data: new Float32Array(36).fill(2) } };

describe('loadModel', () => {
  test('is a promise of a model, and runs without being awaited', async () => {
    const model = await loadModel(regressor);
    const kept = await model.run(one);
    await model.close();
    const loading = loadModel(pathToFileURL(regressor));
    expect(await loading.run(one)).toEqual(kept);
    expect(await loading.run(one)).toEqual(kept);
    await (await loading).close();
  });

  test('tells what the file says of itself', async () => {
    const model = await loadModel(shippedModelPath());
    expect(model.metadata.producer).toBe('louver');
    expect(JSON.parse(model.metadata.properties.get('louver.manifest')!)).toHaveProperty('columns');
    await model.close();
  });

  test('a failed load that nobody waits for is no unhandled rejection, and run says why', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      const loading = loadModel(join(folder.path, 'none.onnx'));
      await rejection(loading.then((model) => model));
      // Unhandled rejections are told before the next turn of the loop.
      await setImmediate();
      const { code, message } = await rejection(loading.run(one));
      expect(code).toBe('E_MODEL');
      expect(message).toContain('none.onnx: there is no such file, expected an ONNX model');
      await setImmediate();
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unhandled).toEqual([]);
  });

  test('wants a path and a bound', async () => {
    expect(await rejection(loadModel(''))).toMatchObject({ code: 'E_CONFIG' });
    expect(await rejection(loadModel(new URL('https://example.org/a.onnx')))).toMatchObject({ code: 'E_CONFIG' });
    expect((await rejection(loadModel(undefined as unknown as string))).message).toContain('path is undefined');
    const unbounded = await rejection(loadModel(regressor, { queueLimit: Infinity }));
    expect(unbounded.message).toContain('queueLimit is Infinity, expected a whole number from 1');
  });
});

describe('run', () => {
  test('gives copies: a later run and a changed input change nothing', async () => {
    const model = await loadModel(regressor);
    const input = { dims: [1, 36], data: new Float32Array(36).fill(1) };
    const first = model.run({ features: input });
    input.data.fill(2);
    const before = await first;
    const noted = structuredClone(before);
    const later = await model.run(two);
    expect(later).not.toEqual(noted);
    expect(before).toEqual(noted);
    (later['position']!.data as Float32Array).fill(0);
    expect(await model.run(one)).toEqual(noted);
    await model.close();
  });

  test('refuses more than the bound, and takes again what comes later', async () => {
    const model = await loadModel(regressor, { queueLimit: 2 });
    const runs = await Promise.allSettled([model.run(one), model.run(one), model.run(one)]);
    expect(runs.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(runs[2]).toMatchObject({ reason: { code: 'E_OVERLOADED', retryable: true } });
    expect(await model.run(one)).toEqual((runs[0] as PromiseFulfilledResult<unknown>).value);
    await model.close();
  });

  test('refuses more bytes than fit', async () => {
    const model = await loadModel(await folder.write('bytes.onnx', identity('uint8', ['n'])));
    const bytes = MAX_WAITING_BYTES + 1;
    const { code, message } = await rejection(model.run({ x: { dims: [bytes], data: new Uint8Array(bytes) } }));
    expect(code).toBe('E_MODEL');
    expect(message).toContain('the inputs of a run have 536870913 bytes, at most 536870912 fit');
    await model.close();
  });

  test('counts the bytes of what waits together', () => {
    const room = new WaitingRoom('m.onnx', 10, 100);
    const leave = room.enter(60);
    expect(() => room.enter(41)).toThrow('E_OVERLOADED: m.onnx: 60 bytes of inputs are waiting already');
    room.enter(40);
    leave();
    room.enter(60)();
  });

  test('a refused run leaves the queue as it was', async () => {
    const model = await loadModel(regressor, { queueLimit: 1 });
    for (let i = 0; i < 3; i++) expect((await rejection(model.run({}))).message).toContain('features is missing');
    await model.run(one);
    await model.close();
  });

  test('a failing run says why, without paths of the runtime, and prints nothing; the next one works', async () => {
    const gather = onnxBytes({
      nodes: [{ operator: 'Gather', inputs: ['table', 'i'], outputs: ['y'] }],
      inputs: [value('i', 'int64', [])],
      outputs: [value('y', 'int64', [])],
      initializers: [tensor('table', 'int64', [2], new Uint8Array(BigInt64Array.of(10n, 20n).buffer))],
    });
    const model = await loadModel(await folder.write('gather.onnx', gather));
    // The runtime prints past the console.
    const written = vi.spyOn(fs, 'writeSync');
    const { code, message } = await rejection(model.run({ i: { dims: [], data: [7] } }));
    const printed = written.mock.calls.filter(([target]) => target === 1 || target === 2);
    written.mockRestore();
    expect(printed).toEqual([]);
    expect(code).toBe('E_MODEL');
    expect(message).toMatch(/gather\.onnx: the model failed: .*Gather.*out of data bounds/);
    expect(message).not.toMatch(/\/mnt\/|\.cc/);
    expect((await model.run({ i: { dims: [], data: [1] } }))['y']!.data).toEqual(BigInt64Array.of(20n));
    await model.close();
  });
});

describe('close', () => {
  test('lets the runs that wait end, and is the end', async () => {
    const model = await loadModel(regressor);
    const runs = Array.from({ length: 20 }, () => model.run(one));
    await Promise.all([model.close(), model.close()]);
    expect(new Set((await Promise.all(runs)).map(({ position }) => position!.data[0])).size).toBe(1);
    const { code, message } = await rejection(model.run(one));
    expect(code).toBe('E_NOT_OPEN');
    expect(message).toContain('the model is closed: load it again');
  });

  test('a model that nobody holds gives its memory back', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const megabytes = 8;
    const heavy = onnxBytes({
      nodes: [{ operator: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
      inputs: [value('x', 'float32', [1])],
      outputs: [value('y', 'float32', ['n'])],
      initializers: [tensor('w', 'float32', [megabytes * 2 ** 18], new Uint8Array(megabytes * 2 ** 20))],
    });
    const path = await folder.write('heavy.onnx', heavy);
    const once = async (): Promise<void> => {
      await loadModel(path).run({ x: { dims: [1], data: [1] } });
    };
    const heldBytes = async (): Promise<number> => {
      collect();
      // The collector tells of what it found in a turn of its own.
      for (let turn = 0; turn < 5; turn++) await setImmediate();
      return process.memoryUsage().rss;
    };
    await once();
    const before = await heldBytes();
    let after = before;
    for (let load = 0; load < 40; load++) {
      await once();
      after = await heldBytes();
    }
    // 40 models hold 320 MB of weights at least, and once more in the runtime's arrangement.
    expect(after - before).toBeLessThan(160 * 2 ** 20);
  });
});
