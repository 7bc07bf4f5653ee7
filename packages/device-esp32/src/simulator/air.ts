export const MS_PER_HOUR = 3_600_000;
export const MS_PER_DAY = 86_400_000;

/**
 * Water vapour at saturation in g/m³: Magnus formula over water with the WMO coefficients (Guide to Instruments, WMO-No. 8, annex 4.B),
 * turned into a density by the ideal gas law.
 */
export function saturationGramsPerM3(temperatureC: number): number {
  const pressureHPa = 6.112 * Math.exp((17.62 * temperatureC) / (243.12 + temperatureC));
  return (216.7 * pressureHPa) / (temperatureC + 273.15);
}
