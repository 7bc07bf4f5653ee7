import type { RetentionOptions } from '@louver/storage-clickhouse';
import { z } from 'zod';
import { duration, flag, text } from './leaf.js';

/** Shorter, and rows would go before anybody has looked at them. */
const LEAST_RETENTION_MS = 3_600_000;

/** `retention`, and what each key is called in code. */
export const RETENTION_KEYS = {
  readings: 'readingsMs',
  audio: 'audioMs',
  actions: 'actionsMs',
  predictions: 'predictionsMs',
  events: 'eventsMs',
  dead_letters: 'deadLettersMs',
} as const satisfies Record<string, keyof RetentionOptions>;

const kept = () => duration(LEAST_RETENTION_MS);

export const retentionSchema = z.strictObject({
  readings: kept(),
  audio: kept(),
  actions: kept(),
  predictions: kept(),
  events: kept(),
  dead_letters: kept(),
} satisfies Record<keyof typeof RETENTION_KEYS, z.ZodType>);

/** `clickhouse.cluster`. */
export const clusterSchema = z.strictObject({
  name: text("a cluster of the server's remote_servers: letters, digits, _ - . (at most 64)", /^[A-Za-z0-9_.-]{1,64}$/),
  replicated: flag(),
  sharded: flag(),
  quorum: flag(),
  zookeeper_path: text(
    'a path that begins with / and has {table} or {uuid} in it, without quotes and backslashes',
    /^\/[^'\\]*\{(table|uuid)\}[^'\\]*$/,
  ),
  replica_name: text('a name without quotes and backslashes, e.g. {replica}', /^[^'\\]+$/),
});
