import { CHROMA_ROWS } from './chroma.js';
import type { SpectralParameters } from './parameters.js';

/** What can be read from every frame, by librosa's names; `chroma_stft_tuning0` is `chroma_stft` with tuning=0, `mfcc_delta` its slope. */
export const FRAME_FEATURES = [
  'mfcc',
  'mfcc_delta',
  'mfcc_delta2',
  'spectral_centroid',
  'spectral_bandwidth',
  'spectral_rolloff',
  'spectral_flatness',
  'spectral_contrast',
  'rms',
  'zero_crossing_rate',
  'chroma_stft',
  'chroma_stft_tuning0',
  'melspectrogram',
  'mel_db',
] as const;

export type FrameFeature = (typeof FRAME_FEATURES)[number];

/** Rows of a feature's matrix. */
export function rowsOf(feature: FrameFeature, { nMfcc, nMels, contrastBands }: SpectralParameters): number {
  switch (feature) {
    case 'mfcc':
    case 'mfcc_delta':
    case 'mfcc_delta2':
      return nMfcc;
    case 'melspectrogram':
    case 'mel_db':
      return nMels;
    case 'spectral_contrast':
      return contrastBands + 1;
    case 'chroma_stft':
    case 'chroma_stft_tuning0':
      return CHROMA_ROWS;
    default:
      return 1;
  }
}
