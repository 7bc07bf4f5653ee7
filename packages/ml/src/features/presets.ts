import { FRAME_FEATURES, type FrameFeature } from './frame-feature.js';
import { resolveParameters, type SpectralParameters } from './parameters.js';
import { DEFAULT_GROUPS } from './recipe.js';

/** Parameter sets by name. */
export const FEATURE_PRESETS = ['default', 'compact', 'windowed', 'stored'] as const;

export type FeaturePreset = (typeof FEATURE_PRESETS)[number];

export interface PresetFeatures {
  readonly parameters: SpectralParameters;
  /** What the set is for, and the sample rate has room for. */
  readonly features: readonly FrameFeature[];
}

/**
 * A parameter set for recordings of one rate. `default`: what librosa's functions do when nothing else is said (20 MFCC). `compact`: short frames
 * for speech (nFft 512, hop 160, 40 HTK bands from 20 to 8000 Hz, 13 MFCC). `windowed`: a window of 400 samples within 512, not centred, 26 HTK
 * bands, 13 MFCC with lifter 22. `stored`: what a pipeline stores with each recording unless it is told otherwise.
 */
export function featurePreset(preset: FeaturePreset, sampleRateHz: number): PresetFeatures {
  const contrastBands = octavesAbove(200, sampleRateHz, preset === 'default' ? 2048 : 512);
  const all = FRAME_FEATURES.filter((feature) => feature !== 'spectral_contrast' || contrastBands > 0);
  const without = (...left: readonly FrameFeature[]): readonly FrameFeature[] => all.filter((f) => !left.includes(f));
  const contrast = contrastBands > 0 ? { contrastBands } : {};
  switch (preset) {
    case 'default':
      return { parameters: resolveParameters({ nMfcc: 20, ...contrast }), features: all };
    case 'compact': {
      const fmaxHz = Math.min(8_000, sampleRateHz / 2);
      const mel = { nMels: 40, htk: true, fminHz: 20, fmaxHz, nMfcc: 13 };
      return {
        parameters: resolveParameters({ nFft: 512, hopLength: 160, ...mel, ...contrast }),
        features: without('melspectrogram', 'chroma_stft'),
      };
    }
    case 'windowed': {
      const frames = { nFft: 512, winLength: 400, hopLength: 160, center: false };
      return {
        parameters: resolveParameters({ ...frames, nMels: 26, htk: true, nMfcc: 13, lifter: 22, ...contrast }),
        features: without('spectral_contrast', 'chroma_stft', 'chroma_stft_tuning0'),
      };
    }
    case 'stored':
      return { parameters: resolveParameters(), features: DEFAULT_GROUPS };
  }
}

/** How many octave bands above a frequency begin below half the sample rate, six at the most; none where a bin is wider than the lowest band. */
function octavesAbove(fminHz: number, sampleRateHz: number, nFft: number): number {
  if (sampleRateHz / nFft > fminHz) return 0;
  return Math.max(0, Math.min(6, Math.ceil(Math.log2(sampleRateHz / 2 / fminHz))));
}
