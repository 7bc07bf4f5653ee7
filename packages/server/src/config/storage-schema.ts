import type { RetentionOptions } from '@louver/storage-clickhouse';
import { z } from 'zod';
import { about, duration, flag, text } from './leaf.js';

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
  readings: about(
    kept(),
    'How long temperatures, humidities and other quantities are kept; set it when the disk is smaller than the wish to look back.',
    '(for ever)',
  ),
  audio: about(
    kept(),
    'How long rows of recordings with their features are kept; they are the largest rows.',
    '(for ever)',
  ),
  actions: about(
    kept(),
    'How long it is kept what windows were told; shorter than `predictions` and a movement cannot be explained any more.',
    '(for ever)',
  ),
  predictions: about(
    kept(),
    'How long it is kept what the model said and from what; training data comes from here.',
    '(for ever)',
  ),
  events: about(kept(), 'How long events of devices (status, states, updates) are kept.', '(for ever)'),
  dead_letters: about(
    kept(),
    'How long messages that could not be stored are kept; what is gone cannot be taken in again.',
    '(for ever)',
  ),
} satisfies Record<keyof typeof RETENTION_KEYS, z.ZodType>);

/** `clickhouse.cluster`. */
export const clusterSchema = z.strictObject({
  name: about(
    text("a cluster of the server's remote_servers: letters, digits, _ - . (at most 64)", /^[A-Za-z0-9_.-]{1,64}$/),
    'The cluster that tables are made on with `ON CLUSTER`; needed with every other key of `clickhouse.cluster`.',
  ),
  replicated: about(flag(), 'Whether every row is on several servers; set it where one server may be lost.', 'false'),
  sharded: about(
    flag(),
    'Whether devices are spread over several servers; set it when one server has too little room.',
    'false',
  ),
  quorum: about(
    flag(),
    'Whether a write is done only when a majority of replicas has it; slower, and safe when a server dies at once after.',
    'false',
  ),
  zookeeper_path: about(
    text(
      'a path that begins with / and has {table} or {uuid} in it, without quotes and backslashes',
      /^\/[^'\\]*\{(table|uuid)\}[^'\\]*$/,
    ),
    'Where replicas meet in ZooKeeper, when the default of the server is not wanted.',
    '(of the server)',
  ),
  replica_name: about(
    text('a name without quotes and backslashes, e.g. {replica}', /^[^'\\]+$/),
    'What this replica is called, when the default of the server is not wanted.',
    '(of the server)',
  ),
});
