import type { ExtractedFeatures, FeatureExtractor, Logger, ModelColumn, Predictor } from '@louver/core';

/** Loudness as the only feature: a real extractor, as small as can be. */
export function loudnessFeatures(): FeatureExtractor & { readonly extracted: string[] } {
  const extracted: string[] = [];
  return {
    name: 'loudness',
    names: ['rms_mean', 'peak_1', 'peak_2'],
    recipe: 'loudness',
    extracted,
    async open() {},
    async close() {},
    async extract({ bytes, sha256 }): Promise<ExtractedFeatures> {
      extracted.push(sha256);
      const samples = new Int16Array(bytes.slice().buffer);
      let sum = 0;
      let peak = 0;
      for (const sample of samples) {
        sum += sample * sample;
        peak = Math.max(peak, Math.abs(sample));
      }
      const values = Float64Array.of(Math.sqrt(sum / samples.length), peak, peak / 2);
      return { values, extras: { mel_db_mean: [1, 2] } };
    },
  };
}

/** Position = temperature, less the loudness when there is any. */
export function linearPredictor(
  columns: readonly ModelColumn[] = [
    { name: 'temperature', ifMissing: 'hold' },
    { name: 'humidity', ifMissing: 'hold' },
    { name: 'rms_mean', ifMissing: 0 },
  ],
): Predictor {
  return {
    name: 'linear',
    modelVersion: 'linear-1',
    columns,
    async open() {},
    async close() {},
    async predict(features) {
      const value = features[0]! - (features[2] ?? 0) / 1000;
      return { value, confidence: 0.9, inferenceMs: 0, modelVersion: 'linear-1', outputs: { position: value } };
    },
  };
}

/** Keeps the lines, for a test to look at. */
export function keepingLogger(): Logger & { readonly lines: { level: string; message: string; fields: object }[] } {
  const lines: { level: string; message: string; fields: object }[] = [];
  const keep =
    (level: string) =>
    (message: string, fields: object = {}): void =>
      void lines.push({ level, message, fields });
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}
