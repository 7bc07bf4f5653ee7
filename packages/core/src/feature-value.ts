/** `features` of a recording's row, as far as it has any. */
interface FeatureMembers {
  readonly values?: Readonly<Record<string, number>>;
  readonly mel_db_mean?: readonly number[];
}

/**
 * One column of a recording's parsed `features`, by its name (`rms_mean`; `mel_db_mean_1` is the first of the stored mel bands). NaN where it has
 * no such column, or no features at all.
 */
export function featureValue(features: unknown, column: string): number {
  const { values, mel_db_mean: bands } = (features ?? {}) as FeatureMembers;
  const band = /^mel_db_mean_(\d+)$/.exec(column)?.[1];
  if (band !== undefined) return bands?.[Number(band) - 1] ?? NaN;
  return values !== undefined && Object.hasOwn(values, column) ? values[column]! : NaN;
}
