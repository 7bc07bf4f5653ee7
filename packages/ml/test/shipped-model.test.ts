import { decodeWav, defaultContext, readWavHeader, type Predictor } from '@louver/core';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkModel, extractColumns, featureRecipe, onnxPredictor, shippedModelPath } from '../src/index.js';
import { goldenFolder, recordingsFolder } from './golden.js';

const recipe = featureRecipe();
let model: Predictor;

beforeAll(async () => {
  model = onnxPredictor(shippedModelPath());
  await model.open(defaultContext());
});
afterAll(() => model.close());

/** Position for a temperature, a humidity and a recording, or none. */
async function position(temperature: number, humidity: number, wav?: URL | string): Promise<number> {
  const bytes = wav && new Uint8Array(readFileSync(wav));
  const audio = bytes && extractColumns(decodeWav(bytes), readWavHeader(bytes).sampleRateHz, recipe).values;
  const row = model.columns.map(({ ifMissing }, i) =>
    i < 2 ? [temperature, humidity][i]! : (audio?.[i - 2] ?? Number(ifMissing)),
  );
  const { value, confidence } = await model.predict(Float32Array.from(row));
  expect(value).toBeGreaterThanOrEqual(0);
  expect(value).toBeLessThanOrEqual(100);
  expect(confidence).toBeGreaterThan(0);
  return value;
}

const golden = (name: string): URL => new URL(`wav/${name}.wav`, goldenFolder);
const rain = ['rain_light_16k', 'rain_and_wind_5s_16k', 'f32_22k'];
const harmless = ['silence_16k', 'very_quiet_16k', 'speech_en_16k', 'speech_en_22k'];

test('its manifest names the columns of the protocol, the recipe of the extractor and what it was trained on', () => {
  expect(model.columns.map(({ name }) => name)).toEqual(['temperature', 'humidity', ...recipe.names]);
  expect(model.columns.slice(0, 2).map(({ ifMissing }) => ifMissing)).toEqual(['hold', 'hold']);
  expect(model.recipe).toBe(recipe.id);
  expect(model.modelVersion).toBe('v1.0.0');
  expect(readFileSync(shippedModelPath()).toString('latin1')).toContain('"trainedOn":"synthetic data only');
});

test('its manifest says where it is sure: units, ranges that hold ordinary rooms and the sounds of the tests, golden samples', async () => {
  const { manifest, checks } = await checkModel(shippedModelPath());
  expect(checks.filter(({ state }) => state !== 'ok')).toEqual([]);
  const [temperature, humidity, ...audio] = manifest!.columns;
  expect(temperature).toMatchObject({ unit: '°C', range: [-10, 40] });
  expect(humidity).toMatchObject({ unit: '%', range: [5, 100] });
  expect(manifest!.goldenSamples).toHaveLength(12);
  for (const name of [...rain, 'wind_gusts_16k', 'silence_16k', 'very_quiet_16k']) {
    const bytes = new Uint8Array(readFileSync(golden(name)));
    const { values } = extractColumns(decodeWav(bytes), readWavHeader(bytes).sampleRateHz, recipe);
    const outside = audio.filter(({ range }, i) => values[i]! < range![0] || values[i]! > range![1]);
    expect(outside.map((column) => column.name)).toEqual([]);
  }
});

describe('directions', () => {
  test('a warm and humid room opens before the first recording, a cold one does not', async () => {
    expect(await position(30, 70)).toBeGreaterThan(60);
    expect(await position(5, 50)).toBeLessThan(25);
    expect(await position(-5, 90)).toBeLessThan(25);
  });

  test.each(harmless)('%s: warm opens, cold closes', async (name) => {
    expect(await position(30, 70, golden(name))).toBeGreaterThan(60);
    expect(await position(5, 50, golden(name))).toBeLessThan(25);
  });

  test.each(rain)('%s: closes however warm', async (name) => {
    expect(await position(30, 70, golden(name))).toBeLessThan(30);
    expect(await position(5, 50, golden(name))).toBeLessThan(25);
  });

  test('a storm keeps a window half closed in a warm room', async () => {
    expect(await position(30, 70, golden('wind_gusts_16k'))).toBeLessThan(50);
  });
});

const skip = recordingsFolder === undefined;
const why = skip ? ' (skipped: LOUVER_GOLDEN_RECORDINGS does not name their folder)' : '';

describe(`directions with real recordings${why}`, () => {
  const real = (name: string): string => `${recordingsFolder}/wav/${name}.wav`;

  test.skipIf(skip)('rain closes, a robin and a reader do not', async () => {
    expect(await position(30, 70, real('rec_rain_16k'))).toBeLessThan(30);
    expect(await position(30, 70, real('rec_robin_22k'))).toBeGreaterThan(60);
    expect(await position(30, 70, real('rec_speech_libri_16k'))).toBeGreaterThan(60);
  });

  test.skipIf(skip).each(['rec_rain_16k', 'rec_robin_22k', 'rec_speech_libri_16k'])('cold closes: %s', async (name) => {
    expect(await position(5, 50, real(name))).toBeLessThan(25);
  });
});
