import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../src/onnx/model-manifest.js';

const hash = '5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8';

const complete = {
  name: 'my regressor',
  version: 'v1.0.0',
  sha256: hash,
  externalData: { 'weights.bin': hash },
  recipe: '1f1df330b7a04c86',
  input: 'features',
  columns: [
    { name: 'temperature', ifMissing: 'hold', unit: '°C', range: [-10, 40] },
    { name: 'rms_mean', ifMissing: 0.02, range: [0, 1] },
    { name: 'co2', ifMissing: 420, unit: 'ppm' },
  ],
  outputs: { position: 'position', logVariance: 'log_var' },
  trainedOn: 'two years of my living room',
  goldenSamples: [
    { inputs: { temperature: 21.5, rms_mean: 0.01 }, outputs: { position: 35.2, log_var: 3.1 } },
    { inputs: { temperature: 30, co2: 900 }, outputs: { position: 80 }, tolerance: 0.5 },
  ],
};

const column = { name: 'temperature', ifMissing: 0 };
const sample = { inputs: { temperature: 21 }, outputs: { position: 35 } };

test('everything that a manifest may say is read', () => {
  expect(parseManifest(complete)).toEqual(complete);
  expect(parseManifest(JSON.parse(JSON.stringify(complete)))).toEqual(complete);
});

test('what is optional may be absent; what is unknown is left alone; hashes may be in capitals', () => {
  const { name, version, columns, outputs } = complete;
  const least = { name, version, columns, outputs };
  expect(parseManifest(least)).toEqual({ ...least, recipe: undefined, input: undefined, trainedOn: undefined });
  expect(parseManifest({ ...least, seed: 7, metrics: { mae: 4 } })).toEqual(parseManifest(least));
  expect(parseManifest({ ...least, sha256: hash.toUpperCase() }).sha256).toBe(hash);
  expect(parseManifest({ ...least, goldenSamples: [] }).goldenSamples).toEqual([]);
});

describe('what is wrong is named, with what was found and what is expected', () => {
  test.each([
    ['name', { name: '' }, 'name is "", expected a text'],
    ['version', { version: 1 }, 'version is 1, expected a text'],
    ['recipe', { recipe: ['a'] }, 'recipe is ["a"], expected a text'],
    ['input', { input: null }, 'input is null, expected a text'],
    ['trainedOn', { trainedOn: {} }, 'trainedOn is {}, expected a text'],
    ['sha256, short', { sha256: 'abc' }, 'sha256 is "abc", expected 64 hex digits as sha256sum prints them'],
    ['sha256, no hex', { sha256: `z${hash.slice(1)}` }, 'expected 64 hex digits'],
    ['sha256, with a name', { sha256: `${hash}  model.onnx` }, 'expected 64 hex digits'],
    ['sha256, no text', { sha256: 5 }, 'sha256 is 5, expected 64 hex digits'],
    ['externalData', { externalData: [hash] }, 'expected {"<location>": "<sha256>"}'],
    ['a hash in it', { externalData: { 'w.bin': 'x' } }, 'externalData["w.bin"] is "x", expected 64 hex digits'],
    ['a null in it', { externalData: { 'w.bin': null } }, 'externalData["w.bin"] is null, expected 64 hex digits'],
    ['outputs', { outputs: 'position' }, 'outputs is "position", expected {"position": "<output name>", …}'],
    ['no position', { outputs: { logVariance: 'v' } }, 'outputs.position is missing, expected a text'],
    ['another output', { outputs: { position: 'p', co2: [] } }, 'outputs.co2 is [], expected a text'],
    ['logVariance', { outputs: { position: 'p', logVariance: 1 } }, 'outputs.logVariance is 1, expected a text'],
    ['confidence', { outputs: { position: 'p', confidence: '' } }, 'outputs.confidence is "", expected a text'],
    ['columns', { columns: {} }, 'columns is {}, expected [{"name": "temperature"'],
    ['a column', { columns: [7] }, 'columns[0].name is missing, expected a text'],
    ['its name', { columns: [{ ...column, name: 7 }] }, 'columns[0].name is 7, expected a text'],
    ['one twice', { columns: [column, column] }, 'columns[1] is temperature again, after columns[0]'],
    ['ifMissing', { columns: [{ name: 'a' }] }, 'columns[0].ifMissing (a) is missing, expected a number or "hold"'],
    ['a wrong word', { columns: [{ ...column, ifMissing: 'mean' }] }, 'is "mean", expected a number or "hold"'],
    ['infinity', { columns: [{ ...column, ifMissing: Infinity }] }, 'is null, expected a number or "hold"'],
    ['unit', { columns: [{ ...column, unit: 3 }] }, 'columns[0].unit (temperature) is 3, expected a text like "°C"'],
    ['an empty unit', { columns: [{ ...column, unit: '' }] }, '.unit (temperature) is "", expected a text'],
    [
      'range',
      { columns: [{ ...column, range: 40 }] },
      'columns[0].range (temperature) is 40, expected [least, greatest]',
    ],
    ['one end', { columns: [{ ...column, range: [0] }] }, 'is [0], expected [least, greatest], two numbers'],
    ['three ends', { columns: [{ ...column, range: [0, 1, 2] }] }, 'is [0,1,2], expected [least, greatest]'],
    ['an end of text', { columns: [{ ...column, range: ['0', 1] }] }, 'is ["0",1], expected [least, greatest]'],
    ['NaN', { columns: [{ ...column, range: [NaN, 1] }] }, 'is [null,1], expected [least, greatest]'],
    ['a range of one number', { columns: [{ ...column, range: [3, 3] }] }, 'is [3, 3], expected the least first'],
    ['a range turned round', { columns: [{ ...column, range: [4, 3] }] }, 'is [4, 3], expected the least first'],
    [
      'a stand-in outside of its range',
      { columns: [{ ...column, range: [1, 2] }] },
      'columns[0].ifMissing (temperature) is 0, expected a number within its range, 1 to 2',
    ],
    ['goldenSamples', { goldenSamples: sample }, 'expected [{"inputs": {"temperature": 21}'],
    ['too many', { goldenSamples: Array(101).fill(sample) }, 'goldenSamples are 101, expected at most 100'],
    ['a sample', { goldenSamples: [1] }, 'goldenSamples[0].inputs is missing, expected an object of numbers'],
    [
      'its inputs',
      { goldenSamples: [{ ...sample, inputs: [21] }] },
      'goldenSamples[0].inputs is [21], expected an object',
    ],
    [
      'an input that is no column',
      { goldenSamples: [sample, { ...sample, inputs: { temperature: 1, temprature: 2 } }] },
      'goldenSamples[1].inputs has "temprature", which is no column of this manifest: check its spelling',
    ],
    [
      'an input of a hostile name',
      { goldenSamples: [{ ...sample, inputs: JSON.parse('{"temperature": 1, "__proto__": 2}') as unknown }] },
      'goldenSamples[0].inputs has "__proto__", which is no column',
    ],
    [
      'an input of text',
      { goldenSamples: [{ ...sample, inputs: { temperature: '21' } }] },
      '.temperature is "21", expected a number',
    ],
    [
      'a column without a stand-in that is not given',
      { columns: [{ ...column, ifMissing: 'hold' }], goldenSamples: [{ ...sample, inputs: {} }] },
      'goldenSamples[0].inputs lacks temperature: a column that says "hold" has no stand-in and must be given',
    ],
    ['its outputs', { goldenSamples: [{ inputs: {} }] }, 'goldenSamples[0].outputs is missing, expected an object'],
    ['no output', { goldenSamples: [{ inputs: {}, outputs: {} }] }, 'outputs is empty, expected a number for position'],
    [
      'an output that nobody reads',
      { goldenSamples: [{ ...sample, outputs: { p: 1 } }] },
      'goldenSamples[0].outputs has "p", which is none of the outputs that this manifest names (position)',
    ],
    [
      'an output of null',
      { goldenSamples: [{ ...sample, outputs: { position: null } }] },
      '.position is null, expected a number',
    ],
    [
      'tolerance',
      { goldenSamples: [{ ...sample, tolerance: -1 }] },
      'goldenSamples[0].tolerance is -1, expected a number from 0',
    ],
    [
      'a tolerance of text',
      { goldenSamples: [{ ...sample, tolerance: '1' }] },
      'tolerance is "1", expected a number from 0',
    ],
  ])('%s', (_, members, words) => {
    const right = { name: 'a', version: 'v1', columns: [column], outputs: { position: 'position' } };
    expect(() => parseManifest(right)).not.toThrow();
    expect(() => parseManifest({ ...right, ...members })).toThrow(words);
  });

  test('all at once, and a thousand are counted', () => {
    expect(() => parseManifest({ name: 1, columns: [{ name: 'a' }, { ...column, range: [2, 1] }] })).toThrow(
      /outputs is missing.*columns\[0\]\.ifMissing.*columns\[1\]\.range.*name is 1.*version is missing/s,
    );
    const { message } = thrown({ ...complete, goldenSamples: [], columns: Array(1000).fill({ name: '' }) });
    expect(message).toMatch(/columns\[49\]\.name is "", expected a text; and 950 more$/);
  });
});

function thrown(value: unknown): Error {
  try {
    parseManifest(value);
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected it to be refused');
}

/** Refused in words, or taken: never another kind of error. */
function expectWords(value: unknown): void {
  try {
    parseManifest(value);
  } catch (error) {
    expect((error as Error).constructor).toBe(Error);
    expect((error as Error).message).toMatch(/expected|which|lacks|again/);
  }
}

describe('whatever JSON is given, it is taken or refused in words', () => {
  test('any value', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), expectWords));
  });

  test('a manifest with any value in any of its places', () => {
    const places = Object.keys(complete) as (keyof typeof complete)[];
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) => {
        expectWords({ ...complete, [place]: value });
      }),
    );
    const member = fc.constantFrom('name', 'ifMissing', 'unit', 'range', 'inputs', 'outputs', 'tolerance');
    fc.assert(
      fc.property(member, fc.jsonValue(), (name, value) => {
        expectWords({ ...complete, columns: [{ ...column, [name]: value }] });
        expectWords({ ...complete, goldenSamples: [{ ...sample, [name]: value }] });
      }),
    );
  });

  test('what is nested deeper than a stack', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
    expectWords(deep);
    expectWords({ ...complete, columns: [{ ...column, ifMissing: deep }], goldenSamples: [{ inputs: deep }] });
  });
});

test('the example of the guide is a manifest, with every member but those for weights elsewhere', async () => {
  const guide = await readFile(new URL('../../../../docs/models.md', import.meta.url), 'utf8');
  const example: unknown = JSON.parse(/^```json\n(.*?)^```/ms.exec(guide)![1]!);
  expect(parseManifest(example)).toEqual(example);
  expect(Object.keys(example as object)).toEqual(Object.keys(complete).filter((name) => name !== 'externalData'));
});
