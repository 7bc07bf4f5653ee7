import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { decisionOf } from '../../src/assemble/decision.js';
import { loadConfig } from '../../src/config/load-config.js';
import { modelFolder } from '../support/models.js';

async function decisionWith(model: Readonly<Record<string, string>>) {
  const config = loadConfig({ workingDirectory: import.meta.dirname });
  return decisionOf({ ...config, model: { path: 'none', ...model } });
}

test('a version is given to one file: with a folder it is refused, in words', async () => {
  const folder = await modelFolder({ 'first.onnx': { version: 'v1' } });
  onTestFinished(() => rm(folder, { recursive: true }));
  await expect(decisionWith({ path: folder, version: 'v7' })).rejects.toMatchObject({
    code: 'E_CONFIG',
    message: `E_CONFIG: model.version names one file, model.path (${folder}) is a folder: remove the key, models of a folder bring their own versions`,
  });
  expect((await decisionWith({ path: folder }))?.served.folder).toBe(folder);
  const file = await decisionWith({ path: join(folder, 'first.onnx'), version: 'v7' });
  expect(file?.served).not.toHaveProperty('folder');
  expect(file?.served.predictor.modelVersion).toBe('v7');
});

test('without a model nothing is decided', async () => {
  expect(await decisionWith({})).toBeUndefined();
});
