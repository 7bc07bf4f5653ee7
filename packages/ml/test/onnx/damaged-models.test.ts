import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LouverError } from '@louver/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadModel, type OnnxOutputs } from '../../src/index.js';
import { modelFolder, referenceCases, referenceFolder, type ModelFolder, type ReferenceCase } from './model-folder.js';

let folder: ModelFolder;
beforeAll(async () => {
  folder = await modelFolder();
});
afterAll(() => folder.remove());

const names = ['autoencoder', 'forecaster_gru', 'mel_classifier', 'regressor_int8', 'regressor_fp16', 'external_data'];
const models = await Promise.all(
  names.map(async (name) => ({
    bytes: new Uint8Array(readFileSync(join(referenceFolder, `${name}.onnx`))),
    first: (await referenceCases(`${name}.onnx`))[0]!,
  })),
);

/** The outputs, or the refusal; anything else fails. */
async function tried(bytes: Uint8Array, { inputs }: ReferenceCase): Promise<OnnxOutputs | LouverError> {
  const model = loadModel(await folder.write('external_data.onnx', bytes));
  try {
    return await model.run(inputs);
  } catch (error) {
    if (!LouverError.is(error)) throw error;
    expect(error.code).toBe('E_MODEL');
    expect(error.message).toContain('external_data.onnx: ');
    expect(error.message).not.toMatch(/\/mnt\/|\.cc:|\.h:|E_MODEL.*E_MODEL/s);
    return error;
  } finally {
    await model.then(
      (opened) => opened.close(),
      () => undefined,
    );
  }
}

test('a file with damaged bytes is refused in words or runs, and harms no other', async () => {
  const weights = readFileSync(join(referenceFolder, 'external_data.onnx.data'));
  await folder.write('external_data.onnx.data', new Uint8Array(weights));
  // The names, shapes and attributes of a graph are few bytes among many weights: half of the damage goes to the first ones.
  const place = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 0.1, noNaN: true }));
  const damage = fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: models.length - 1 }), damage, async (which, bytesAt) => {
      const { bytes, first } = models[which]!;
      const damaged = bytes.slice();
      for (const [where, byte] of bytesAt) damaged[Math.floor(where * (bytes.length - 1))] = byte;
      if ((await tried(damaged, first)) instanceof Error) refused++;
    }),
    { numRuns: 600 },
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: models.length - 1 }), fc.double({ min: 0, max: 1, noNaN: true }), async (which, end) => {
      const { bytes, first } = models[which]!;
      expect(await tried(bytes.slice(0, Math.floor(end * (bytes.length - 1))), first)).toBeInstanceOf(Error);
    }), // prettier-ignore
    { numRuns: 200 },
  );
  expect(refused).toBeGreaterThan(100);
  for (const { bytes, first } of models) expect(await tried(bytes, first)).not.toBeInstanceOf(Error);
});

test('bytes without sense are refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
      expect(await tried(bytes, models[0]!.first)).toBeInstanceOf(Error);
    }),
    { numRuns: 300 },
  );
});
