import { z } from 'zod';
import { configSchema } from './schema.js';

/** A key of the configuration, with dots, and what the schema says of it. */
export interface KeyFact {
  readonly key: string;
  readonly description: string;
  /** Type and range in words. */
  readonly expected: string;
  readonly default: string;
  readonly unit?: string;
}

/** Every key of the configuration with dots, read off the schema: what a misspelt one is compared with. */
export const KNOWN_KEYS: readonly string[] = schemasOf(configSchema, '').map(([key]) => key);

/** Every key that has a value, in the order of the schema; `<id>` stands for a name that one gives. */
export const KEY_FACTS: readonly KeyFact[] = schemasOf(configSchema, '', '<id>').flatMap(([key, schema]) => {
  const { description, expected, default: fallback, unit } = schema.meta() ?? {};
  if (expected === undefined) return [];
  const words = { description, expected, default: fallback } as Omit<KeyFact, 'key' | 'unit'>;
  return [{ key, ...words, ...(unit !== undefined && { unit: unit as string }) }];
});

/** What a key does, for the help of the command line: the words of docs/CONFIGURATION.md. */
export function helpOfKey(wanted: string): string {
  const fact = KEY_FACTS.find(({ key }) => key === wanted)!;
  const fallback = fact.default.replace(/^\((.*)\)$/, '$1');
  return `${fact.description.replaceAll('`', '')} Expected ${fact.expected}. Default: ${fallback}`;
}

function schemasOf(schema: z.ZodType, prefix: string, anyName?: string): readonly (readonly [string, z.ZodType])[] {
  const inner = schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
  if (inner instanceof z.ZodRecord && anyName !== undefined)
    return schemasOf(inner.valueType as z.ZodType, `${prefix}${anyName}.`, anyName);
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([key, value]) => [
    [`${prefix}${key}`, value] as const,
    ...schemasOf(value, `${prefix}${key}.`, anyName),
  ]);
}
