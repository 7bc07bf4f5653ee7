import type { Change, ChangeDetector } from '../change-detector.js';
import { LouverError } from '../errors.js';
import type { Quantity, ScalarReading, Scalars } from '../event.js';

/** Smallest difference that counts, per quantity, in the quantity's own unit. */
export type Thresholds = Scalars;

export interface DeadbandOptions {
  /** Thresholds of single devices, by device id; quantities that they leave out keep the common ones. */
  readonly devices?: Readonly<Record<string, Thresholds>>;
}

/** Devices that there is room for before the first growth. */
const FIRST_DEVICES = 16;
/** 0.1 has no exact binary form: 21.3 − 20.8 must count as 0.5. */
const ROUNDING = 1e-9;

/**
 * Reports a quantity that differs from its value at the last request by at least its threshold, and the first time that all of
 * them are known. A threshold of 0 reports every reading.
 * @throws LouverError `E_CONFIG` for a threshold that is negative or not a number.
 */
export function deadband(thresholds: Thresholds, options: DeadbandOptions = {}): ChangeDetector {
  const quantities = Object.keys(thresholds);
  const common = checkedThresholds(quantities, thresholds);
  const special = new Map<string, Float64Array>();
  for (const [deviceId, own] of Object.entries(options.devices ?? {})) {
    special.set(deviceId, checkedThresholds(quantities, { ...thresholds, ...own }));
  }
  const places = new Map(quantities.map((quantity, place) => [quantity, place]));
  const width = quantities.length;
  const known = new Map<string, number>();
  /** Of each device, one after the other: its values at the last request, then its newest; NaN before the first. */
  let values = new Float64Array(FIRST_DEVICES * 2 * width).fill(NaN);

  /** Where the device's values begin. */
  function placeOf(deviceId: string): number {
    let at = known.get(deviceId);
    if (at === undefined) {
      at = known.size * 2 * width;
      known.set(deviceId, at);
      if (at === values.length) {
        const grown = new Float64Array(values.length * 2).fill(NaN, at);
        grown.set(values);
        values = grown;
      }
    }
    return at;
  }

  return {
    observe(reading) {
      if (reading.kind !== 'scalar') return undefined;
      const place = places.get(reading.quantity);
      if (place === undefined) return undefined;
      const at = placeOf(reading.deviceId);
      const newestAt = at + width;
      values[newestAt + place] = reading.value;
      const baseline = values[at + place]!;
      if (Number.isNaN(baseline)) {
        for (let i = 0; i < width; i++) if (Number.isNaN(values[newestAt + i])) return undefined;
        return changeOf(reading, quantities);
      }
      const thresholds = special.get(reading.deviceId) ?? common;
      const moved = Math.abs(reading.value - baseline) >= thresholds[place]! - ROUNDING;
      return moved ? changeOf(reading, [reading.quantity]) : undefined;
    },
    rebase(deviceId, given) {
      const at = placeOf(deviceId);
      for (let i = 0; i < width; i++) {
        const value = given[quantities[i]!];
        if (value !== undefined && Number.isFinite(value)) values[at + i] = value;
      }
    },
    forget(deviceId) {
      const at = known.get(deviceId);
      // What it last said stays known: the next reading of any quantity is a change.
      if (at !== undefined) values.fill(NaN, at, at + width);
    },
  };
}

function changeOf(reading: ScalarReading, triggers: readonly Quantity[]): Change {
  return { deviceId: reading.deviceId, timestampMs: reading.timestampMs, triggers, messageId: reading.messageId };
}

function checkedThresholds(quantities: readonly string[], thresholds: Thresholds): Float64Array {
  return Float64Array.from(quantities, (quantity) => {
    const threshold = thresholds[quantity];
    if (typeof threshold === 'number' && threshold >= 0 && Number.isFinite(threshold)) return threshold;
    throw new LouverError(
      'E_CONFIG',
      `deadband threshold of ${quantity}: found ${threshold}, expected a number >= 0 in its unit`,
    );
  });
}
