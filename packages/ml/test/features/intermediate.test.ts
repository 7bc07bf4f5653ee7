import { describe, expect, test } from 'vitest';
import { frameCount } from '../../src/index.js';
import { chromaFilterBank } from '../../src/features/chroma.js';
import { hannWindow } from '../../src/features/hann-window.js';
import { melFilterBank } from '../../src/features/mel-filter-bank.js';
import { melFrequencies } from '../../src/features/mel-scale.js';
import { dctBasis } from '../../src/features/mfcc.js';
import { DEFAULT_PARAMETERS } from '../../src/features/parameters.js';
import { powerToDb } from '../../src/features/power-to-db.js';
import { contrastBands } from '../../src/features/spectral-contrast.js';
import { ShortTimeSpectrum } from '../../src/features/short-time-spectrum.js';
import { goldenFolder, readJson } from '../golden.js';

const golden = <T>(name: string): T => readJson<T>(new URL(`intermediate/${name}.json.gz`, goldenFolder));

function worst(got: ArrayLike<number>, want: ArrayLike<number>): number {
  expect(got.length).toBe(want.length);
  let most = 0;
  for (let i = 0; i < want.length; i++) most = Math.max(most, Math.abs(got[i]! - want[i]!));
  return most;
}

test('windows', () => {
  const { windows } = golden<{ windows: { win_length: number; n_fft: number; padded_to_n_fft: number[] }[] }>(
    'windows',
  );
  for (const { win_length, n_fft, padded_to_n_fft } of windows) {
    expect(worst(hannWindow(win_length, n_fft), padded_to_n_fft)).toBeLessThan(1e-15);
  }
});

describe('mel filter banks', () => {
  interface Bank {
    params: {
      sr: number;
      n_fft: number;
      n_mels: number;
      fmin: number;
      fmax: number;
      htk: boolean;
      norm: string | null;
    };
    mel_band_edges_hz: number[];
    filters: { start: number; values: number[] }[];
  }
  const banks = golden<{ banks: Bank[] }>('mel_filterbanks').banks.filter(({ params }) => params.norm === 'slaney');

  test.each(banks)('$params.n_mels bands at $params.sr Hz', ({ params: p, mel_band_edges_hz, filters }) => {
    const edges = melFrequencies(p.n_mels + 2, p.fmin, p.fmax, p.htk);
    expect(worst(edges, mel_band_edges_hz)).toBeLessThan(1e-9);
    const bank = melFilterBank({
      sampleRateHz: p.sr,
      nFft: p.n_fft,
      nMels: p.n_mels,
      fminHz: p.fmin,
      fmaxHz: p.fmax,
      htk: p.htk,
    });
    const dense = (start: number, values: ArrayLike<number>): Float64Array => {
      const row = new Float64Array(p.n_fft / 2 + 1);
      for (let i = 0; i < values.length; i++) row[start + i] = values[i]!;
      return row;
    };
    filters.forEach(({ start, values }, mel) => {
      const weights = bank.weights.subarray(bank.offset[mel], bank.offset[mel + 1]);
      // The reference is in double precision, the bank rounded to float32 as librosa uses it.
      expect(worst(dense(bank.firstBin[mel]!, weights), dense(start, values))).toBeLessThan(1e-8);
      weights.forEach((weight) => expect(Math.fround(weight)).toBe(weight));
    });
  });
});

test('DCT bases', () => {
  const { bases } = golden<{ bases: { n_mfcc: number; n_mels: number; data: number[] }[] }>('dct');
  for (const { n_mfcc, n_mels, data } of bases) expect(worst(dctBasis(n_mfcc, n_mels), data)).toBeLessThan(1e-14);
});

test('chroma filters', () => {
  interface Filters {
    readonly params: { readonly sr: number; readonly n_fft: number; readonly tuning: number };
    readonly data: number[];
  }
  const { filters } = golden<{ filters: Filters[] }>('chroma_filters');
  for (const { params, data } of filters) {
    // The reference is in double precision, the bank rounded to float32 as librosa uses it.
    expect(worst(chromaFilterBank(params.sr, params.n_fft, params.tuning), data)).toBeLessThan(3e-8);
  }
});

test('bands of spectral contrast', () => {
  interface Table {
    readonly params: {
      readonly sr: number;
      readonly n_fft: number;
      readonly fmin: number;
      readonly n_bands: number;
      readonly quantile: number;
    };
    readonly bands: readonly {
      readonly first_bin: number;
      readonly last_bin: number;
      readonly quantile_count: number;
    }[];
  }
  for (const { params, bands } of golden<{ tables: Table[] }>('contrast_bands').tables) {
    const { sr: sampleRateHz, n_fft: nFft, fmin: fminHz, n_bands, quantile } = params;
    const got = contrastBands({ sampleRateHz, nFft, fminHz, bands: n_bands, quantile });
    expect(got).toEqual(
      bands.map((band) => ({ firstBin: band.first_bin, endBin: band.last_bin + 1, count: band.quantile_count })),
    );
  }
});

test('numbers of frames and decibels', () => {
  const { frame_counts, power_to_db } = golden<{
    frame_counts: { n_samples: number; n_fft: number; hop_length: number; center: boolean; n_frames: number }[];
    power_to_db: { input: number[]; output: number[] };
  }>('frames');
  for (const { n_samples, n_fft, hop_length, center, n_frames } of frame_counts) {
    expect(frameCount(n_samples, { ...DEFAULT_PARAMETERS, nFft: n_fft, hopLength: hop_length, center })).toBe(n_frames);
  }
  const values = Float64Array.from(power_to_db.input);
  powerToDb(values, values.length);
  expect(worst(values, power_to_db.output)).toBeLessThan(1e-12);
});

describe('magnitudes of single frames', () => {
  interface Steps {
    params: { n_fft: number; win_length: number };
    frames: { samples: number[]; magnitude: number[] }[];
  }
  const names = ['rain_light_16k_default', 'short_100ms_16k_default', 'sine440_16k_default', 'speech_en_16k_compact'];

  test.each(names)('%s', (name) => {
    const { params, frames } = golden<Steps>(`steps_${name}`);
    const spectrum = new ShortTimeSpectrum({ nFft: params.n_fft, winLength: params.win_length });
    for (const { samples, magnitude } of frames) {
      spectrum.transform(Float64Array.from(samples), 0);
      expect(worst(spectrum.magnitude, magnitude)).toBeLessThan(1e-11);
    }
  });
});
