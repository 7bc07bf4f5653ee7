import { PHYSICAL_RANGES, PROTOCOL_LIMITS, RESERVED_NAMES } from '../protocol/limits.js';

const reserved = new Set(RESERVED_NAMES);

/** Longest quantity name, in characters. */
const MAX_QUANTITY_LENGTH = PROTOCOL_LIMITS.quantityLength;

export function isReservedName(name: string): boolean {
  return reserved.has(name);
}

/**
 * Whether `name` may name a quantity: a letter, then up to 63 of `A-Z a-z 0-9 _`. Names that every JavaScript object inherits
 * (`constructor`, `toString`, …) are refused as well: quantities are keys of records.
 */
export function isQuantityName(name: string): boolean {
  const length = name.length;
  if (length === 0 || length > MAX_QUANTITY_LENGTH) return false;
  for (let i = 0; i < length; i++) {
    const c = name.charCodeAt(i);
    const letter = (c >= 97 && c <= 122) || (c >= 65 && c <= 90);
    const later = (c >= 48 && c <= 57) || c === 95;
    if (!letter && !(later && i > 0)) return false;
  }
  return !reserved.has(name) && !(name in Object.prototype);
}

/** What each well-known quantity may be. Quantities that are not listed may be any finite number. */
interface QuantityRule {
  readonly min: number;
  readonly max: number;
  /** Whether `ON`/`OFF`, `true`/`false` stand for 1/0 here; elsewhere they are of the wrong type. */
  readonly isSwitch: boolean;
}

const anyNumber: QuantityRule = { min: -Number.MAX_VALUE, max: Number.MAX_VALUE, isSwitch: false };
const anySwitch: QuantityRule = { ...anyNumber, isSwitch: true };

const RULES: ReadonlyMap<string, QuantityRule> = new Map([
  ['temperature', { ...PHYSICAL_RANGES.temperature, isSwitch: false }],
  ['humidity', { ...PHYSICAL_RANGES.humidity, isSwitch: false }],
  ['co2', anyNumber],
  ['pm25', anyNumber],
  ['aqi', anyNumber],
  ['battery_level', anyNumber],
  ['pressure', anyNumber],
  ['target_temp', anyNumber],
  ['cpu_usage', anyNumber],
  ['memory_usage', anyNumber],
  ['disk_usage', anyNumber],
  ['occupancy', anySwitch],
  ['heating', anySwitch],
]);

/** The rule of a well-known quantity; `undefined`: a quantity like any other. */
export function quantityRule(quantity: string): QuantityRule | undefined {
  return RULES.get(quantity);
}

/** Whether a value lies in the physical range of its quantity; false for NaN and the infinities. */
export function isInRange(quantity: string, value: number): boolean {
  const rule = RULES.get(quantity) ?? anyNumber;
  return value >= rule.min && value <= rule.max;
}
