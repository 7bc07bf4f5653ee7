/** `features` of a recording's row, as far as it has any: somebody else's row may hold anything. */
interface FeatureMembers {
  readonly values?: Readonly<Record<string, unknown>>;
  readonly mel_db_mean?: readonly unknown[];
}

/**
 * One column of a recording's parsed `features`, by its name (`rms_mean`; `mel_db_mean_1` is the first of the stored mel bands). NaN where it has
 * no such column, or no features at all.
 */
export function featureValue(features: unknown, column: string): number {
  const { values, mel_db_mean: bands } = Object(features) as FeatureMembers;
  const band = /^mel_db_mean_(\d{1,4})$/.exec(column)?.[1];
  const found =
    band !== undefined
      ? bands?.[Number(band) - 1]
      : Object.hasOwn(Object(values) as object, column) && values?.[column];
  return typeof found === 'number' ? found : NaN;
}
