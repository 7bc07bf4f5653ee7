import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { encodeWav16 } from '@louver/core';
import { expect, onTestFinished, test } from 'vitest';
import { featuresCommand } from '../../src/cli/features-command.js';
import { run, testEnvironment } from './support.js';

const golden = new URL('../../../ml/test/golden/', import.meta.url);
const wavOf = (id: string): string => fileURLToPath(new URL(`wav/${id}.wav`, golden));

interface Matrix {
  readonly shape: readonly number[];
  readonly data: number[];
}

type Features = Record<string, Matrix>;

async function referenceOf(id: string, set: string): Promise<Features> {
  const text = gunzipSync(await readFile(new URL(`cases/${id}.json.gz`, golden))).toString();
  return (JSON.parse(text) as { sets: Record<string, { features: Features }> }).sets[set]!.features;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'louver-features-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

async function output(...args: string[]): Promise<string> {
  const environment = testEnvironment();
  await run(featuresCommand(environment), ...args);
  return environment.lines.join('\n');
}

test.each([
  ['speech_en_16k', 'default'],
  ['noise_tone_8k', 'default'],
  ['stereo_44k1', 'compact'],
  ['rain_light_16k', 'windowed'],
  ['short_100ms_16k', 'default'],
])(
  'every frame of %s with the recipe %s has the reference names and shapes, and is not refused by --compare',
  async (id, set) => {
    const reference = await referenceOf(id, set);
    const printed = JSON.parse(await output(wavOf(id), '--recipe', set, '--frames', '--format', 'json')) as {
      features: Features;
    };
    const further = Object.keys(printed.features).filter((name) => !(name in reference));
    expect(further.every((name) => name.startsWith('mfcc_delta'))).toBe(true);
    for (const [name, { shape, data }] of Object.entries(reference)) {
      expect(printed.features[name]!.shape, name).toEqual(shape);
      expect(printed.features[name]!.data, name).toHaveLength(data.length);
    }
    const file = join(await folder(), 'reference.json');
    await writeFile(file, JSON.stringify({ features: reference }));
    const compared = await output(wavOf(id), '--recipe', set, '--compare', file);
    const columns = Object.values(reference).reduce((sum, { shape }) => sum + shape[0]!, 0);
    expect(compared.split('\n').at(-1)).toBe(`${columns} columns compared, all within their bounds`);
  },
);

test('--compare names the column, the frame and both numbers where they differ, and what cannot be compared', async () => {
  const reference = await referenceOf('speech_en_16k', 'default');
  reference['mfcc']!.data[63 + 5]! += 0.01;
  const { zero_crossing_rate, mfcc, rms } = reference as Record<'zero_crossing_rate' | 'mfcc' | 'rms', Matrix>;
  const features = { zero_crossing_rate, mfcc, loudness: rms, rms: { shape: [1, 2], data: [0, 0] } };
  const file = join(await folder(), 'other.json');
  await writeFile(file, JSON.stringify({ features }));
  const environment = testEnvironment();
  const ended = run(featuresCommand(environment), wavOf('speech_en_16k'), '--compare', file);
  await expect(ended).rejects.toMatchObject({ exitCode: 1 });
  const text = environment.lines.join('\n');
  expect(text).toMatch(/^mfcc_2 +1\.00e-2 +1\.00e-3 +5 {2}DIFFERS$/m);
  expect(text).toMatch(/^mfcc_2: -?[\d.]+ here, -?[\d.]+ in the file, in frame 5$/m);
  expect(text).toContain('loudness: not computed here with this recipe; known are mfcc, mfcc_delta');
  expect(text).toContain('rms: found 1 × 2 in the file, expected 1 × 63 (rows × frames)');
  expect(text).toContain('21 columns compared, 3 not as in the file');
});

test('a recording of a rate at which an octave has no bin is analysed without its contrast', async () => {
  const file = join(await folder(), 'hires.wav');
  await writeFile(file, encodeWav16(new Float64Array(20_000).fill(0.1), 192_000));
  const columns = (await output(file, '--recipe', 'compact', '--format', 'csv')).split('\n');
  expect(columns.some((line) => line.startsWith('spectral_contrast'))).toBe(false);
  expect(columns.some((line) => line.startsWith('spectral_flatness'))).toBe(true);
});

test('columns as table, JSON and CSV say the same; a recording of few frames has no deltas', async () => {
  const wav = wavOf('short_100ms_16k');
  const { columns } = JSON.parse(await output(wav, '--format', 'json')) as {
    columns: Record<string, { mean: number; std: number }>;
  };
  expect(Object.keys(columns).some((name) => name.startsWith('mfcc_delta'))).toBe(false);
  const csv = (await output(wav, '--format', 'csv')).split('\n');
  expect(csv[0]).toBe('column,mean,std');
  expect(csv.slice(1)).toEqual(Object.entries(columns).map(([name, { mean, std }]) => `${name},${mean},${std}`));
  expect(await output(wav, '--recipe', 'stored')).toMatch(/^COLUMN +MEAN +STD\nmfcc_1 +-?[\d.]+ +[\d.]+\n/);
  expect((await output(wav, '--recipe', 'stored')).split('\n')).toHaveLength(1 + 13 + 4);
  const frames = (await output(wav, '--recipe', 'stored', '--frames', '--format', 'csv')).split('\n');
  expect(frames).toHaveLength(1 + 4);
  expect(frames[0]).toMatch(/^frame,mfcc_1,.*,zero_crossing_rate$/);
});

test('what is no recording, and no reference, is said in a line', async () => {
  const path = await folder();
  const text = join(path, 'text.wav');
  await writeFile(text, 'hello, this is no sound');
  const silent = join(path, 'none.wav');
  await writeFile(silent, encodeWav16(new Float64Array(0), 16_000));
  const json = join(path, 'list.json');
  await writeFile(json, '[1]');
  const wrong = join(path, 'wrong.json');
  const nothing = join(path, 'nothing.json');
  await writeFile(nothing, '{"features": {}}');
  await writeFile(wrong, '{"features": {"rms": {"shape": [1, 2], "data": [1]}}}');
  const wav = wavOf('sine440_16k');
  await expect(output(join(path, 'missing.wav'))).rejects.toThrow(/cannot read a WAV file: ENOENT/);
  await expect(output(path)).rejects.toThrow(/is not a file, expected a WAV file/);
  await expect(output(text)).rejects.toMatchObject({
    code: 'E_DECODE',
    message: expect.stringContaining(`${text}: not a WAV file: 23 bytes that do not begin with RIFF`) as string,
  });
  await expect(output(silent)).rejects.toThrow(/none\.wav: WAV of 44 bytes holds no sample/);
  await expect(output(wav, '--compare', text)).rejects.toThrow(/is not JSON/);
  await expect(output(wav, '--compare', json)).rejects.toThrow(/found no `features` in the file/);
  await expect(output(wav, '--compare', nothing)).rejects.toThrow(/is empty: nothing can be compared/);
  await expect(output(wav, '--compare', wrong)).rejects.toThrow(/rms in the file to compare with: expected/);
});

test('a reference with NaN, as json.dump writes it, is refused with the place of the first and what to do in Python', async () => {
  const file = join(await folder(), 'nan.json');
  const compared = (json: string): Promise<string> =>
    writeFile(file, json).then(() => output(wavOf('sine440_16k'), '--compare', file));
  await expect(
    compared('{"features": {"a \\"NaN\\"": "NaN", "rms": {"shape": [1, 2], "data": [0.5, NaN]}}}'),
  ).rejects.toThrow(
    /nan\.json is not JSON: found NaN at features\.rms\.data\[1\], and JSON has no such number: .*allow_nan=False.*numpy\.nan_to_num/,
  );
  await expect(compared('{"features": {"a b": [1, -Infinity, NaN, {"c": Infinity}]}}')).rejects.toThrow(
    /found -Infinity at features\["a b"\]\[1\] and 2 more, and/,
  );
  await expect(compared('NaN')).rejects.toThrow(/found NaN at the top/);
  await expect(compared('{"features": NaN')).rejects.toThrow(/is not JSON: (?!found)/);
  await expect(compared('{"features": {"rms": {"shape": [1, 1], "data": [1e999]}}}')).rejects.toThrow(
    /rms in the file to compare with: expected .* finite numbers/,
  );
});

test.each([[['--frames']], [['--format', 'csv']], [['--frames', '--format', 'table']]])(
  '--compare with %j is refused: it would be left out in silence',
  async (args) => {
    await expect(output(wavOf('sine440_16k'), '--compare', 'any.json', ...args)).rejects.toThrow(
      /option '--compare <file.json>' cannot be used with option '--f/,
    );
  },
);
