import type { ModelColumn } from '@louver/core';
import { isName, isNumber, isObject, shown } from './manifest-values.js';

/** Reads the columns of a manifest; what is wrong goes to `problems`. */
export function parseColumns(value: unknown, problems: string[]): ModelColumn[] {
  if (!Array.isArray(value) || value.length === 0) {
    problems.push(`columns is ${shown(value)}, expected [{"name": "temperature", "ifMissing": "hold"}, …]`);
    return [];
  }
  const seen = new Map<string, number>();
  return value.flatMap((column: unknown, i) => {
    const { name, ifMissing, unit, range } = isObject(column) ? column : {};
    if (!isName(name)) {
      problems.push(`columns[${i}].name is ${shown(name)}, expected a text`);
      return [];
    }
    const first = seen.get(name);
    if (first !== undefined) problems.push(`columns[${i}] is ${name} again, after columns[${first}]`);
    else seen.set(name, i);
    const at = (member: string): string => `columns[${i}].${member} (${name})`;
    const known = ifMissing === 'hold' || isNumber(ifMissing);
    if (!known) problems.push(`${at('ifMissing')} is ${shown(ifMissing)}, expected a number or "hold"`);
    if (unit !== undefined && !isName(unit))
      problems.push(`${at('unit')} is ${shown(unit)}, expected a text like "°C"`);
    const ends = range === undefined ? undefined : parseRange(range, at('range'), problems);
    if (ends && isNumber(ifMissing) && (ifMissing < ends[0] || ifMissing > ends[1])) {
      problems.push(`${at('ifMissing')} is ${ifMissing}, expected a number within its range, ${ends[0]} to ${ends[1]}`);
    }
    return [
      {
        name,
        ifMissing: known ? ifMissing : 'hold',
        ...(isName(unit) && { unit }),
        ...(ends && { range: ends }),
      },
    ];
  });
}

function parseRange(value: unknown, at: string, problems: string[]): readonly [number, number] | undefined {
  const [least, greatest, ...more] = Array.isArray(value) ? (value as unknown[]) : [];
  if (!isNumber(least) || !isNumber(greatest) || more.length > 0) {
    problems.push(`${at} is ${shown(value)}, expected [least, greatest], two numbers`);
    return undefined;
  }
  if (least < greatest) return [least, greatest];
  problems.push(`${at} is [${least}, ${greatest}], expected the least first and a greater one after it`);
  return undefined;
}
