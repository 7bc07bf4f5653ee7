import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createPipeline,
  defaultContext,
  everyRecording,
  memoryStorage,
  memoryTransport,
  type FeatureExtractor,
  type Recording,
} from '@louver/core';
import { esp32Codec } from '@louver/device-esp32';
import { extractColumns, featureRecipe, librosaFeatures, resample, type FeatureRecipeOptions } from '@louver/ml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { featuresCommand } from '../src/cli/features-command.js';
import { run, testEnvironment } from './cli/support.js';
import { ODD_RECORDINGS, type OddRecordings } from './support/odd-recordings.js';
import { pcm, wavFile } from './support/wav-file.js';

const DOCUMENT = new URL('../../../docs/audio-features.md', import.meta.url);
const HEADING = '## What a recording may be, and what happens when it is not';

/** Cells of the table below the heading, row by row. */
async function documented(): Promise<readonly (readonly string[])[]> {
  const text = await readFile(DOCUMENT, 'utf8');
  const section = text.slice(text.indexOf(HEADING) + HEADING.length).split('\n## ')[0]!;
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

const notices: string[] = [];
const warnings: string[] = [];
const logger = {
  debug() {},
  info() {},
  error() {},
  warn: (message: string, fields: object = {}) => void warnings.push(`${message}: ${JSON.stringify(fields)}`),
};
const storage = memoryStorage();
const transport = memoryTransport();
const pipeline = createPipeline({
  transport,
  storage,
  detector: everyRecording(),
  codec: esp32Codec({ onNotice: ({ kind }) => notices.push(kind) }),
  features: librosaFeatures(),
  durability: 'none',
  context: { logger },
});
const extractor = librosaFeatures();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-recordings-'));
  await extractor.open(defaultContext());
  await pipeline.open();
});
afterAll(async () => {
  await pipeline.close();
  await extractor.close();
  await rm(folder, { recursive: true });
});

const recordingOf = (bytes: Uint8Array): Recording => ({
  bytes,
  format: 'wav',
  sampleRateHz: 16_000,
  durationS: 1,
  sha256: '',
});

type Columns = Readonly<Record<string, number>>;
type Heard = { readonly columns: Columns } | { readonly refusal: string };

async function extracted(bytes: Uint8Array, by: FeatureExtractor = extractor): Promise<Heard> {
  try {
    const { values } = await by.extract(recordingOf(bytes));
    return { columns: Object.fromEntries(by.names.map((name, i) => [name, values[i]!])) };
  } catch (error) {
    return { refusal: (error as Error).message.replace('E_FEATURES: ', '') };
  }
}

/** Of `louver features FILE --recipe stored --format json`, by the names that models use. */
async function printed(bytes: Uint8Array): Promise<Heard & { readonly remarks: readonly string[] }> {
  const file = join(folder, 'a.wav');
  await writeFile(file, bytes);
  const environment = testEnvironment();
  try {
    await run(featuresCommand(environment), file, '--recipe', 'stored', '--format', 'json');
  } catch (error) {
    const message = (error as Error).message.replace(/^E_[A-Z]+: /, '');
    expect(message.startsWith(`${file}: `), message).toBe(true);
    return { refusal: message.slice(file.length + 2), remarks: environment.remarks };
  }
  const { columns } = JSON.parse(environment.lines.join('')) as {
    columns: Readonly<Record<string, { readonly mean: number; readonly std: number }>>;
  };
  const named = Object.entries(columns).flatMap(([name, { mean, std }]) => [
    [name.replace(/(_\d+)?$/, '_mean$1'), mean] as const,
    [name.replace(/(_\d+)?$/, '_std$1'), std] as const,
  ]);
  return { columns: Object.fromEntries(named), remarks: environment.remarks };
}

let devices = 0;

/** What a pipeline makes of it when it comes by MQTT, in the words of the table, and the details. */
async function received(bytes: Uint8Array, saidHz: number): Promise<{ readonly is: string; readonly detail: string }> {
  const deviceId = `d${++devices}`;
  notices.length = warnings.length = 0;
  const data = Buffer.from(bytes).toString('base64');
  await transport.inject(`sensor/${deviceId}/audio`, JSON.stringify({ data, sample_rate: saidHz, duration: 1 }));
  await pipeline.drain();
  const letter = storage.rows('dead_letters').find((row) => row.device_id === deviceId);
  if (letter) return { is: `dead letter \`${letter.code}\``, detail: letter.detail };
  const row = storage.rows('sensor_audio').find((audio) => audio.device_id === deviceId)!;
  const { error, values } = JSON.parse(row.features) as { readonly error?: string; readonly values?: Columns };
  const noted = notices.length === 0 ? '' : `, counted as \`${notices.join('`, `')}\``;
  if (error !== undefined) return { is: `a row with \`${row.features}\``, detail: warnings.join() };
  const what = row.format === 'wav' ? 'a row' : 'a row: taken for raw PCM';
  return { is: `${what}${noted}`, detail: row.format === 'wav' ? JSON.stringify(values) : '' };
}

const recipe = featureRecipe();

function columnsOf(samples: readonly number[], rateHz: number): Columns {
  const { values } = extractColumns(Float64Array.from(samples), rateHz, recipe);
  return Object.fromEntries(recipe.names.map((name, i) => [name, values[i]!]));
}

function near(got: Columns, wanted: Columns): void {
  expect(Object.keys(got).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, value] of Object.entries(wanted)) {
    expect(Math.abs(got[name]! - value), name).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
  }
}

/** The row of the table that one file makes true. */
async function rowOf({ recording, taken, saidHz = 16_000 }: OddRecordings, bytes: Uint8Array): Promise<string[]> {
  const heard = await extracted(bytes);
  const seen = await printed(bytes);
  const { is, detail } = await received(bytes, saidHz);
  expect(seen.remarks.length > 0).toBe(is.includes('truncated'));
  if (taken === undefined) {
    const refusal = 'refusal' in heard ? heard.refusal : 'not refused';
    expect(seen).toMatchObject({ refusal });
    // Every door says the same; without a byte there is no WAV file to a pipeline.
    if (!is.endsWith('raw PCM')) expect(detail).toContain(bytes.length > 0 ? refusal : 'of 0 bytes holds no sample');
    return [recording, `refused: \`${refusal}\``, is];
  }
  const wanted = columnsOf(taken.samples, taken.rateHz ?? 16_000);
  expect('columns' in heard && heard.columns).toEqual(wanted);
  near('columns' in seen ? seen.columns : {}, wanted);
  if (is.startsWith('a row')) near(JSON.parse(detail) as Columns, wanted);
  return [recording, taken.as, is];
}

describe('the table in docs/audio-features.md', () => {
  test('has a row for each of these recordings, in this order', async () => {
    expect((await documented()).map(([recording]) => recording)).toEqual(ODD_RECORDINGS.map((one) => one.recording));
  });

  test.each(ODD_RECORDINGS.map((one, i) => [one.recording, one, i] as const))(
    'is true of: %s',
    async (_what, one, i) => {
      const wanted = (await documented())[i]!;
      for (const bytes of one.files) {
        const [recording, taken, is] = await rowOf(one, bytes);
        // Sizes are those of the file at hand.
        expect([recording, taken!.replace(/\b[1-9]\d* (bytes|left|follow)/g, '… $1'), is]).toEqual(wanted);
      }
    },
  );
});

describe('below the table', () => {
  const samples = Array.from({ length: 22_050 }, (_, i) => Math.round(8_000 * Math.sin(i / 9)) / 32_768);

  async function opened(options: FeatureRecipeOptions): Promise<FeatureExtractor> {
    const own = librosaFeatures(options);
    await own.open(defaultContext());
    return own;
  }

  test('a recipe with a rate resamples every other one, up to 192 kHz', async () => {
    const own = await opened({ preparation: { sampleRateHz: 16_000 }, features: ['rms'] });
    const heard = await extracted(wavFile(pcm(samples, 16), { rateHz: 44_100 }), own);
    const resampled = resample(Float64Array.from(samples), 44_100, 16_000);
    const { values } = extractColumns(resampled, 16_000, featureRecipe({ features: ['rms'] }));
    expect(heard).toEqual({ columns: { rms_mean: values[0], rms_std: values[1] } });
    expect(await extracted(wavFile(pcm(samples, 16), { rateHz: 200_000 }), own)).toMatchObject({
      refusal: expect.stringContaining(
        'resampling from 200000 to 16000 Hz: expected rates from 1 to 192000 Hz',
      ) as string,
    });
    await own.close();
  });

  test('frames that are not centred, and deltas, need their length', async () => {
    const short = wavFile(pcm(samples.slice(0, 1_500), 16));
    const uncentred = await opened({ parameters: { center: false } });
    expect(await extracted(short, uncentred)).toEqual({
      refusal: 'recording of 1500 samples makes 0 frames, expected at least 2048 samples when not centred',
    });
    await uncentred.close();
    const deltas = await opened({ features: ['mfcc_delta'] });
    expect(await extracted(short, deltas)).toMatchObject({
      refusal: expect.stringContaining(
        'deltas over 9 frames: the recording has 3, expected at least as many',
      ) as string,
    });
    await deltas.close();
  });

  test('raw PCM needs a rate; half a sample at its end is left out', async () => {
    const inject = async (deviceId: string, body: object): Promise<void> => {
      await transport.inject(`sensor/${deviceId}/audio`, JSON.stringify(body));
      await pipeline.drain();
    };
    const data = Buffer.from([...pcm(samples, 16), 1]).toString('base64');
    await inject('raw', { data, sample_rate: 22_050 });
    const row = storage.rows('sensor_audio').find((audio) => audio.device_id === 'raw')!;
    expect(row).toMatchObject({ format: 'pcm_s16le', sample_rate: 22_050, duration: 1 });
    near((JSON.parse(row.features) as { values: Columns }).values, columnsOf(samples, 22_050));
    await inject('rateless', { data });
    await inject('rate-0', { data, sample_rate: 0 });
    await inject('half', { data: 'AQ==', sample_rate: 16_000 });
    const codes = storage.rows('dead_letters').map((letter) => [letter.device_id, letter.code]);
    expect(codes.slice(-3)).toEqual([
      ['rateless', 'wrong-type'],
      ['rate-0', 'out-of-range'],
      ['half', 'bad-recording'],
    ]);
  });
});
