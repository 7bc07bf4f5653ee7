const SMALLEST_POWER = 1e-10;
const TOP_DB = 80;

/**
 * Turns `length` powers into decibels in place: 10 log10 of at least 1e-10, then nothing more than 80 dB below the largest, which is
 * the largest of the whole recording and not of one frame. [librosa.power_to_db, ref=1, amin=1e-10, top_db=80]
 */
export function powerToDb(values: Float64Array, length: number): void {
  let largest = -Infinity;
  for (let i = 0; i < length; i++) {
    const power = values[i]!;
    const db = 10 * Math.log10(power > SMALLEST_POWER ? power : SMALLEST_POWER);
    values[i] = db;
    if (db > largest) largest = db;
  }
  const floor = largest - TOP_DB;
  for (let i = 0; i < length; i++) if (values[i]! < floor) values[i] = floor;
}
