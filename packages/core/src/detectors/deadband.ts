import type { Change, ChangeDetector } from '../change-detector.js';
import { LouverError } from '../errors.js';
import type { Quantity, ScalarReading, Scalars } from '../event.js';

/** Smallest difference that counts, per quantity, in the quantity's own unit. */
export type Thresholds = Scalars;

export interface DeadbandOptions {
  /** Thresholds of single devices, by device id; quantities that they leave out keep the common ones. */
  readonly devices?: Readonly<Record<string, Thresholds>>;
}

interface DeviceBand {
  readonly thresholds: Float64Array;
  /** Value at the last request; NaN before the first. */
  readonly baseline: Float64Array;
  /** Newest value; NaN before the first. */
  readonly newest: Float64Array;
}

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
  const bands = new Map<string, DeviceBand>();

  function bandOf(deviceId: string): DeviceBand {
    let band = bands.get(deviceId);
    if (band === undefined) {
      band = {
        thresholds: special.get(deviceId) ?? common,
        baseline: new Float64Array(quantities.length).fill(NaN),
        newest: new Float64Array(quantities.length).fill(NaN),
      };
      bands.set(deviceId, band);
    }
    return band;
  }

  return {
    observe(reading) {
      if (reading.kind !== 'scalar') return undefined;
      const place = places.get(reading.quantity);
      if (place === undefined) return undefined;
      const band = bandOf(reading.deviceId);
      band.newest[place] = reading.value;
      const baseline = band.baseline[place]!;
      if (Number.isNaN(baseline)) {
        for (let i = 0; i < quantities.length; i++) if (Number.isNaN(band.newest[i])) return undefined;
        return changeOf(reading, quantities);
      }
      const moved = Math.abs(reading.value - baseline) >= band.thresholds[place]! - ROUNDING;
      return moved ? changeOf(reading, [reading.quantity]) : undefined;
    },
    rebase(deviceId, values) {
      const band = bandOf(deviceId);
      for (let i = 0; i < quantities.length; i++) {
        const value = values[quantities[i]!];
        if (value !== undefined && Number.isFinite(value)) band.baseline[i] = value;
      }
    },
    forget(deviceId) {
      // What it last said stays known: the next reading of any quantity is a change.
      bands.get(deviceId)?.baseline.fill(NaN);
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
