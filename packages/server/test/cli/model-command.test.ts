import { copyFile, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultContext } from '@louver/core';
import { featureRecipe, inspectModel, onnxPredictor, shippedModelPath } from '@louver/ml';
import { embedManifest } from '@louver/ml/training';
import { describe, expect, onTestFinished, test } from 'vitest';
import { modelCommand } from '../../src/cli/model-command.js';
import { run, testEnvironment } from './support.js';

const reference = fileURLToPath(new URL('../../../ml/test/golden-onnx/', import.meta.url));
const fixture = fileURLToPath(new URL('../../../ml/test/onnx/fixtures/two_heads.onnx', import.meta.url));
const models = (await readdir(reference)).filter((name) => name.endsWith('.onnx'));
const { id: recipe, names } = featureRecipe();

interface Outcome {
  readonly lines: readonly string[];
  /** On stderr. */
  readonly remarks: readonly string[];
  /** What the command line says and the exit code that it gives. */
  readonly error: { readonly exitCode?: number; readonly message: string } | undefined;
}

async function model(args: readonly string[], workingDirectory = import.meta.dirname): Promise<Outcome> {
  const environment = testEnvironment({ workingDirectory });
  const error = await run(modelCommand(environment), ...args).then(
    () => undefined,
    (reason: unknown) => reason as Outcome['error'],
  );
  const lines = environment.lines.flatMap((text) => text.split('\n'));
  return { lines, remarks: environment.remarks, error };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'louver-model-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

/** A reference model in a folder of its own, with this manifest beside it. */
async function placed(name: string, manifest?: unknown): Promise<string> {
  const path = await folder();
  await copyFile(join(reference, name), join(path, name));
  await copyFile(join(reference, `${name}.data`), join(path, `${name}.data`)).catch(() => undefined);
  if (manifest !== undefined) await writeFile(join(path, `${name}.json`), JSON.stringify(manifest));
  return join(path, name);
}

const columnsOf = (some: readonly string[]) => some.map((name) => ({ name, ifMissing: 0 }));
const windowManifest = {
  name: 'reference',
  version: 'v1',
  recipe,
  columns: columnsOf(['temperature', 'humidity', ...names]),
  outputs: { position: 'position', logVariance: 'log_var' },
};

describe('every reference model, checked', () => {
  const passing: Readonly<Record<string, object>> = {
    'regressor.onnx': windowManifest,
    'regressor_dynamo.onnx': windowManifest,
    'regressor_fixed_batch.onnx': windowManifest,
    'regressor_fp16.onnx': windowManifest,
    'regressor_int8.onnx': windowManifest,
    'external_data.onnx': windowManifest,
    // Any model of one number per row: what it means is the manifest's.
    'autoencoder.onnx': { ...windowManifest, columns: columnsOf(names.slice(0, 16)), outputs: { position: 'score' } },
    'isolation_forest.onnx': {
      ...windowManifest,
      columns: columnsOf(names.slice(0, 6)),
      outputs: { position: 'score' },
    },
  };
  /** The check that fails, what is wrong, what to do. */
  const failing: Readonly<Record<string, readonly [string, RegExp, RegExp]>> = {
    'bad_corrupted_header.onnx': ['ONNX', /it is cut short or damaged/, /copy it again, or export it again/],
    'bad_empty.onnx': ['readable', /the file is empty/, /copy it again, or export it again/],
    'bad_external_data_missing.onnx': ['ONNX', /weights lie in another file, missing_0data/, /copy it there, too/],
    'bad_input_name.onnx': ['inputs and outputs', /its input is called x_in/, /name the model's own as "input"/],
    'bad_input_width.onnx': [
      'inputs and outputs',
      /features is 40 wide, .* has 36 columns/,
      /list one for every number/,
    ],
    'bad_ir_99.onnx': ['runtime', /its IR version is 99, expected 13 at most/, /export it again with a released onnx/],
    'bad_nan_weights.onnx': ['stand-ins', /position is NaN for its own stand-in values/, /train or export it again/],
    'bad_not_onnx.onnx': ['ONNX', /cannot be read as an ONNX model/, /copy it again, or export it again/],
    'bad_opset_99.onnx': ['runtime', /its opset is 99, expected 26 at most/, /export it again with a lower opset/],
    'bad_output_name.onnx': ['inputs and outputs', /its outputs are called y, z/, /name the model's own in "outputs"/],
    'bad_truncated.onnx': ['ONNX', /a field goes \d+ bytes beyond its end/, /copy it again, or export it again/],
    'bad_unknown_operator.onnx': ['runtime', /the operator NoSuchOperator/, /export it again with operators of ONNX/],
    'forecaster_gru.onnx': ['inputs and outputs', /\[batch, 24, 4\], expected .* \[batch, 36\]/, /louver predict/],
    'forecaster_lstm.onnx': ['inputs and outputs', /\[batch, 24, 4\], expected .* \[batch, 36\]/, /louver predict/],
    'mel_classifier.onnx': ['inputs and outputs', /\[batch, 1, 40, 63\], expected/, /louver predict/],
  };

  test('none is left out', () => {
    expect([...Object.keys(passing), ...Object.keys(failing)].sort()).toEqual([...models].sort());
  });

  test.each(Object.entries(passing))('%s passes', async (name, manifest) => {
    const file = await placed(name, manifest);
    const { lines, error } = await model(['check', file]);
    expect(error).toBeUndefined();
    expect(lines.at(-1)).toBe(`${file} passes`);
    expect(lines.filter((line) => line.startsWith('FAIL'))).toEqual([]);
    expect(lines.find((line) => line.startsWith('skipped  golden'))).toContain('the manifest has none');
  });

  test.each(Object.entries(failing))('%s fails', async (name, [check, wrong, todo]) => {
    const input = name.startsWith('bad_') ? { input: 'features' } : {};
    const { lines, error } = await model(['check', await placed(name, { ...windowManifest, ...input })]);
    expect(error).toMatchObject({ exitCode: 1, message: expect.stringContaining('fails 1 of its checks') as string });
    const [failed, ...others] = lines.filter((line) => line.startsWith('FAIL'));
    expect(others).toEqual([]);
    expect(failed!.slice(9, 27).trim()).toBe(check);
    expect(failed).toMatch(wrong);
    expect(failed).toMatch(todo);
  });

  test.each(models.filter((name) => !name.startsWith('bad_')))('%s without a manifest fails by that', async (name) => {
    const { lines, error } = await model(['check', await placed(name)]);
    expect(error).toMatchObject({ exitCode: 1 });
    expect(lines.filter((line) => line.startsWith('FAIL'))).toEqual([
      expect.stringMatching(/^FAIL {5}manifest .*nothing says what its inputs mean: write a manifest/),
    ]);
    expect(lines.find((line) => line.includes('runtime'))).toMatch(/^ok/);
  });
});

describe('against what the configuration provides', () => {
  test('a model that carries all passes in ten lines', async () => {
    for (const file of [shippedModelPath(), fixture]) {
      const { lines, error } = await model(['check', file]);
      expect(error).toBeUndefined();
      expect(lines.slice(0, -1).map((line) => line.slice(0, 9).trim())).toEqual(Array(10).fill('ok'));
    }
  });

  test('without a file it is the model of the configuration, and its features count', async () => {
    const path = await folder();
    await copyFile(fixture, join(path, 'mine.onnx'));
    await writeFile(join(path, 'louver.yaml'), `model: ${join(path, 'mine.onnx')}\naudio: { features: [mfcc, rms] }\n`);
    const { lines, error } = await model(['check'], path);
    expect(error).toMatchObject({ exitCode: 1 });
    expect(lines.at(-1)).toMatch(
      /^FAIL {5}audio features .*wants 1 columns that nobody provides: spectral_centroid_mean.*Add the features \(audio\.features\)/,
    );
    await writeFile(join(path, 'other.yaml'), `model: none\naudio: { features: [mfcc, rms, spectral_centroid] }\n`);
    const other = await model(['check', fixture, '--config', 'other.yaml'], path);
    expect(other.lines.at(-1)).toMatch(/^FAIL {5}audio features .*trained on audio features of recipe/);
    expect((await model(['check', '--config', 'other.yaml'], path)).error!.message).toContain('model.path is none');
  });

  test('of a folder it is the newest model that is not marked as rolled back, which is said', async () => {
    const path = await folder();
    for (const [name, ageS] of Object.entries({ 'old.onnx': 30, 'new.onnx': 20 })) {
      await copyFile(fixture, join(path, name));
      await utimes(join(path, name), Date.now() / 1000 - ageS, Date.now() / 1000 - ageS);
    }
    const predictor = onnxPredictor(path);
    await predictor.open(defaultContext());
    const rolled = join(path, 'rolled.onnx');
    const { manifest } = await inspectModel(fixture);
    await writeFile(rolled, embedManifest(await readFile(fixture), { ...manifest!, version: 'rolled' }));
    await predictor.swapTo(rolled);
    await predictor.rollBack();
    await predictor.close();
    await writeFile(join(path, 'louver.yaml'), `model: ${path}`);
    const newest = join(path, 'new.onnx');
    for (const args of [['check'], ['check', path]]) {
      const { lines, remarks, error } = await model(args, path);
      expect(error).toBeUndefined();
      expect(lines.at(-1)).toBe(`${newest} passes`);
      expect(remarks).toEqual([`${path} is a folder: this is about its newest model, ${newest}`]);
    }
    const inspected = await model(['inspect', '--json'], path);
    expect(JSON.parse(inspected.lines.join('\n'))).toMatchObject({ path: newest });
    await rm(join(path, 'old.onnx'));
    await rm(newest);
    const none = await model(['check'], path);
    expect(none.error!.message).toMatch(/is a folder without an ONNX file that is not marked as rolled back: copy a/);
  });

  test('a manifest without a recipe passes, and is told what is not known', async () => {
    const { lines } = await model(['check', await placed('regressor.onnx', { ...windowManifest, recipe: undefined })]);
    expect(lines.at(-2)).toMatch(/^ok {7}audio features .*not known: the manifest names no recipe/);
  });
});

describe('inspect', () => {
  test('says everything that the file says', async () => {
    const { lines } = await model(['inspect', fixture]);
    const text = lines.join('\n');
    for (const words of [
      /^sha256 +[0-9a-f]{64}$/m,
      /^without metadata +[0-9a-f]{64}$/m,
      /^made by +pytorch 1\.13\.0; IR version 7, opset ai\.onnx 13$/m,
      /^input +features float32 \[batch, 4\]$/m,
      /^output +log_var float32 \[batch, 1\]$/m,
      /^manifest +two heads v0\.1\.0, 4 columns, from its louver\.manifest in metadata_props$/m,
      /^position +output position$/m,
      /^recipe +1f1df330b7a04c86$/m,
      /^trained on +4096 invented rows/m,
      /^golden samples +12$/m,
      /^COLUMN +IF MISSING +RANGE +UNIT$/m,
      /^temperature +hold +-10 to 40 +°C$/m,
    ]) {
      expect(text).toMatch(words);
    }
  });

  test.each(models)('%s: as JSON, or in words why it cannot be read', async (name) => {
    const file = await placed(name);
    const { lines, error } = await model(['inspect', file, '--json']);
    if (error) {
      expect(error).toMatchObject({ code: 'E_MODEL' });
      return expect(error.message).toContain(basename(file));
    }
    const said = JSON.parse(lines.join('\n')) as Record<string, unknown>;
    expect(said).toMatchObject({ path: file, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(said['skeleton']).toHaveProperty('columns');
    expect(said['problems']).toContainEqual({
      check: 'manifest',
      words: expect.stringContaining('write a manifest') as string,
    });
  });

  test('its manifest to start from makes the check pass', async () => {
    const file = await placed('external_data.onnx');
    const { lines } = await model(['inspect', file]);
    expect(lines).toContain(`a manifest to start from, for ${file}.json:`);
    await writeFile(`${file}.json`, lines.slice(lines.indexOf('{')).join('\n'));
    expect((await model(['check', file])).error).toBeUndefined();
  });

  test('a broken manifest is told with all its problems', async () => {
    const file = await placed('regressor.onnx', {
      ...windowManifest,
      version: 1,
      columns: [{ name: 'a', range: [1] }],
    });
    const text = (await model(['inspect', file])).lines.join('\n');
    expect(text).toMatch(/^manifest +regressor\.onnx\.json is no model manifest: .*ifMissing.*range.*version is 1/m);
    expect(text).toContain('a manifest to start from');
  });

  test('what a file says is shown as text: nothing of it commands the terminal', async () => {
    const file = await placed('regressor.onnx', { ...windowManifest, name: 'a\u001b[2Jb', trainedOn: 'c\nfile  d' });
    for (const args of [
      ['inspect', file],
      ['inspect', file, '--json'],
      ['check', file],
    ]) {
      const { lines } = await model(args);
      expect(lines.join('\n')).not.toContain('\u001b');
      expect(lines.some((line) => line.startsWith('file  d'))).toBe(false);
    }
  });
});

test('the outputs in the guide are what the commands print', async () => {
  const guide = await readFile(new URL('../../../../docs/models.md', import.meta.url), 'utf8');
  const checked = await model(['check', shippedModelPath()]);
  const inspected = await model(['inspect', shippedModelPath()]);
  const said = new Set([...checked.lines, ...inspected.lines].map((line) => line.replace(shippedModelPath(), basename(shippedModelPath())))); // prettier-ignore
  const shown = [...guide.matchAll(/^\$ npx louver model (?:check|inspect) window_regressor\.onnx\n(.*?)^```/gms)];
  expect(shown).toHaveLength(2);
  for (const [, output] of shown) {
    for (const line of output!.trim().split('\n')) {
      // An ellipsis stands for what is left out.
      if (line === '' || line === '…') continue;
      const begin = line.endsWith('…') ? line.slice(0, -1).trimEnd() : line;
      expect(
        [...said].some((one) => (line === begin ? one === line : one.startsWith(begin))),
        line,
      ).toBe(true);
    }
  }
});
