import { GuestError } from './guest-error.js';

/** A type as Native writes it: what its values take up. */
export type NativeType =
  | { readonly kind: 'fixed'; readonly bytes: number }
  | { readonly kind: 'text' }
  | { readonly kind: 'json' }
  | { readonly kind: 'nullable' | 'array' | 'dictionary'; readonly of: NativeType }
  | { readonly kind: 'tuple'; readonly of: readonly NativeType[] };

const FIXED: Readonly<Record<string, number>> = {
  Int8: 1, UInt8: 1, Bool: 1, Enum8: 1, Nothing: 1,
  Int16: 2, UInt16: 2, Enum16: 2, Date: 2, BFloat16: 2,
  Int32: 4, UInt32: 4, Float32: 4, Date32: 4, DateTime: 4, IPv4: 4, Time: 4, Decimal32: 4,
  Int64: 8, UInt64: 8, Float64: 8, DateTime64: 8, Time64: 8, Decimal64: 8,
  Int128: 16, UInt128: 16, UUID: 16, IPv6: 16, Decimal128: 16,
  Int256: 32, UInt256: 32, Decimal256: 32,
}; // prettier-ignore

const DOUBLE: NativeType = { kind: 'fixed', bytes: 8 };
const POINT: NativeType = { kind: 'tuple', of: [DOUBLE, DOUBLE] };
const array = (of: NativeType): NativeType => ({ kind: 'array', of });
const GEO: Readonly<Record<string, NativeType>> = {
  Point: POINT,
  Ring: array(POINT),
  LineString: array(POINT),
  MultiLineString: array(array(POINT)),
  Polygon: array(array(POINT)),
  MultiPolygon: array(array(array(POINT))),
};

/** Throws NOT_IMPLEMENTED for a type whose values nobody but ClickHouse can delimit, e.g. a state of an aggregation. */
export function nativeType(name: string): NativeType {
  const [, head, inside] = /^(\w+)(?:\(([\s\S]*)\))?$/.exec(name.trim()) ?? [];
  const parts = inside === undefined ? [] : argumentsOf(inside);
  switch (head ?? '') {
    case 'String':
      return { kind: 'text' };
    case 'JSON':
      return { kind: 'json' };
    case 'FixedString':
      return { kind: 'fixed', bytes: Number(parts[0]) };
    case 'Decimal':
      return { kind: 'fixed', bytes: decimalBytes(Number(parts[0])) };
    case 'Nullable':
      return { kind: 'nullable', of: nativeType(parts[0]!) };
    case 'Array':
      return { kind: 'array', of: nativeType(parts[0]!) };
    case 'LowCardinality':
      return { kind: 'dictionary', of: nativeType(parts[0]!.replace(/^Nullable\(([\s\S]*)\)$/, '$1')) };
    case 'Map':
      return array({ kind: 'tuple', of: parts.map(nativeType) });
    case 'Tuple':
      return { kind: 'tuple', of: parts.map((part) => nativeType(withoutName(part))) };
    case 'Nested':
      return array({ kind: 'tuple', of: parts.map((part) => nativeType(withoutName(part))) });
    case 'SimpleAggregateFunction':
      return nativeType(parts[1]!);
  }
  if (head !== undefined && Object.hasOwn(GEO, head)) return GEO[head]!;
  if (head?.startsWith('Interval') === true) return { kind: 'fixed', bytes: 8 };
  if (head !== undefined && Object.hasOwn(FIXED, head)) return { kind: 'fixed', bytes: FIXED[head]! };
  const words = `${name} cannot be sent in Native with client_protocol_version: cast it, e.g. toString(column).`;
  throw new GuestError(48, 'NOT_IMPLEMENTED', words);
}

function decimalBytes(precision: number): number {
  if (precision <= 9) return 4;
  if (precision <= 18) return 8;
  return precision <= 38 ? 16 : 32;
}

/** `a UInt8, b Tuple(x String)` at its outermost commas. */
function argumentsOf(inside: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (const { 0: found, index } of inside.matchAll(/[(),]|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`/g)) {
    if (found === '(') depth += 1;
    else if (found === ')') depth -= 1;
    else if (found === ',' && depth === 0) {
      parts.push(inside.slice(from, index).trim());
      from = index + 1;
    }
  }
  return [...parts, inside.slice(from).trim()].filter((part) => part !== '');
}

/** An element of a tuple may have a name before its type. */
function withoutName(element: string): string {
  return element.replace(/^(?:`(?:\\.|[^`\\])*`|\w+)\s+(?=\w)/, '');
}
