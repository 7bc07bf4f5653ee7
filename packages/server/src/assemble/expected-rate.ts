import type { Context, ExtractedFeatures, FeatureExtractor, Recording } from '@louver/core';

/** Rates that are named once each: devices choose them. */
const MAX_NAMED = 16;

/**
 * An extractor that hears recordings of every rate and says of those that are not of the expected one, in Hz, what they have: once for each rate
 * in the log, every time in `recordings_of_another_rate_total`. Numbers are the same with and without.
 */
export function expectingRate(extractor: FeatureExtractor, expectedHz: number): FeatureExtractor {
  const named = new Set<number>();
  let context: Context | undefined;

  function look({ sampleRateHz }: Recording): void {
    if (sampleRateHz === expectedHz) return;
    context?.metrics.count('recordings_of_another_rate_total');
    if (named.has(sampleRateHz) || named.size >= MAX_NAMED) return;
    named.add(sampleRateHz);
    context?.logger.warn('recording of another sample rate', {
      sampleRateHz,
      expectedHz,
      advice: 'audio.sample_rate says what devices send; audio.preparation.resample_hz brings all to one rate',
    });
  }

  return {
    name: extractor.name,
    names: extractor.names,
    recipe: extractor.recipe,
    covers: (recipe) => extractor.covers?.(recipe) ?? recipe === extractor.recipe,
    async open(opened) {
      context = opened;
      await extractor.open(opened);
    },
    close: () => extractor.close(),
    health: () => extractor.health?.() ?? { ok: true },
    extract(recording, signal): Promise<ExtractedFeatures> {
      look(recording);
      return extractor.extract(recording, signal);
    },
  };
}
