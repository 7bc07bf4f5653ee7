import meyda from 'meyda';
import { BARK_BANDS, CHROMA_BANDS } from './meyda-feature.js';
import type { MeydaParameters } from './meyda-parameters.js';

interface Loudness {
  readonly total: number;
  readonly specific: ArrayLike<number>;
}

/** By extractor. */
export type MeydaAnswer = Readonly<Record<string, number | ArrayLike<number> | Loudness>>;

/** What is used of Meyda; its own types need those of a browser. */
export interface Meyda {
  extract(extractors: readonly string[], frame: Float32Array): MeydaAnswer;
}

/**
 * A Meyda for one sample rate. The one that the package exports keeps its filter banks in itself and takes them for another rate or size
 * too, so that its numbers hang on what was analysed before: each rate has a copy, without banks, that nobody else can reach.
 */
export function ownMeyda(sampleRateHz: number, parameters: MeydaParameters): Meyda {
  const { bufferSize, melBands, numberOfMFCCCoefficients } = parameters;
  const own = {
    ...(meyda as object),
    sampleRate: sampleRateHz,
    bufferSize,
    melBands,
    numberOfMFCCCoefficients,
    windowingFunction: 'hanning',
    chromaBands: CHROMA_BANDS,
    numberOfBarkBands: BARK_BANDS,
    barkScale: undefined,
    melFilterBank: undefined,
    chromaFilterBank: undefined,
  };
  return own as object as Meyda;
}

/** Meyda's name of what a feature is read from: `loudness` of `loudness.total`. */
export const extractorOf = (feature: string): string => feature.split('.')[0]!;

/** A feature in what Meyda says of a frame. */
export function numbersOf(answer: MeydaAnswer, feature: string): ArrayLike<number> {
  const value = answer[extractorOf(feature)]!;
  if (typeof value === 'number') return [value];
  if (!('total' in value)) return value;
  return feature.endsWith('.total') ? [value.total] : value.specific;
}
