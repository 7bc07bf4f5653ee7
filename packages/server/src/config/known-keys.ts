import { z } from 'zod';
import { configSchema } from './schema.js';

/** Every key of the configuration with dots, read off the schema: what a misspelt one is compared with. */
export const KNOWN_KEYS: readonly string[] = keysOf(configSchema, '');

function keysOf(schema: z.ZodType, prefix: string): readonly string[] {
  const inner = schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([key, value]) => [
    `${prefix}${key}`,
    ...keysOf(value, `${prefix}${key}.`),
  ]);
}
