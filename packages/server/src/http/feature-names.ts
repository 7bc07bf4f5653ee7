/** What `featureValue` finds in the parsed `features` of a recording. */
export function featureNames(features: unknown): readonly string[] {
  const { values, mel_db_mean: bands } = Object(features) as {
    readonly values?: unknown;
    readonly mel_db_mean?: unknown;
  };
  const mel = Array.isArray(bands) ? bands.map((_, i) => `mel_db_mean_${i + 1}`) : [];
  return [...Object.keys(Object(values) as object), ...mel];
}
