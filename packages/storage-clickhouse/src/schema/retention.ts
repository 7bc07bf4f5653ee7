import { tableSchema, type TableSchema } from './tables.js';

/** How long rows are kept after their time, in ms, 3,600,000 (an hour) to 315,360,000,000 (10 years); absent: for ever. */
export interface RetentionOptions {
  /** Temperature, humidity and what else is measured. `device_latest` keeps each device's last value all the same. */
  readonly readingsMs?: number;
  /** What was heard in recordings. `device_latest_recording` keeps the features of each device's last one all the same. */
  readonly audioMs?: number;
  /** What windows were told, and what they reported. `device_latest_action` keeps each device's last decision all the same. */
  readonly actionsMs?: number;
  readonly predictionsMs?: number;
  /** Of devices: registered, online, offline, … The devices themselves stay. */
  readonly eventsMs?: number;
  readonly deadLettersMs?: number;
}

/** Every member, and the tables that it is about. */
export const RETENTION_TABLES = {
  readingsMs: ['sensor_temperature', 'sensor_humidity', 'sensor_scalar'],
  audioMs: ['sensor_audio'],
  actionsMs: ['window_actions', 'window_states'],
  predictionsMs: ['ml_predictions'],
  eventsMs: ['device_events'],
  deadLettersMs: ['dead_letters'],
} as const satisfies Record<keyof RetentionOptions, readonly string[]>;

export const RETENTION_MEMBERS = Object.keys(RETENTION_TABLES) as readonly (keyof RetentionOptions)[];

const LEAST_MS = 3_600_000;
const MOST_MS = 3_650 * 86_400_000;

/** What is wrong with the options; empty when nothing is. */
export function retentionProblems(retention: RetentionOptions | undefined): string[] {
  if (retention === undefined) return [];
  const unknown = Object.keys(retention).filter((name) => !(name in RETENTION_TABLES));
  const problems = unknown.map((name) => `retention.${name} is unknown, expected ${RETENTION_MEMBERS.join(', ')}`);
  for (const member of RETENTION_MEMBERS) {
    const value: unknown = retention[member];
    if (value === undefined) continue;
    if (typeof value === 'number' && value >= LEAST_MS && value <= MOST_MS) continue;
    problems.push(
      `retention.${member} is ${JSON.stringify(value)}, expected ${LEAST_MS} to ${MOST_MS} (1 h to 10 years)`,
    );
  }
  return problems;
}

/** The largest DateTime, in s: 2106-02-07. */
const MAX_SECONDS = 2 ** 32 - 1;

/**
 * When a row goes, as ClickHouse's `TTL`. That is a DateTime, of 32 bits: rows before 1970 count as of 1970, and those so far ahead that
 * the sum would begin anew in 1970 go in 2106 instead of now.
 */
export function ttlOf({ partitionTime }: TableSchema, retentionMs: number): string {
  const seconds = Math.ceil(retentionMs / 1000);
  const bounded = `least(greatest(${partitionTime}, toDateTime64(0, 3)), toDateTime64(${MAX_SECONDS - seconds}, 3))`;
  return `toDateTime(${bounded}) + toIntervalSecond(${seconds})`;
}

/** Whether an expression is one of {@link ttlOf}, and of how many seconds; `undefined`: somebody else's. */
export function ownSeconds(table: TableSchema, expression: string): number | undefined {
  const seconds = Number(/toIntervalSecond\((\d+)\)$/.exec(expression)?.[1] ?? NaN);
  return expression === ttlOf(table, seconds * 1000) ? seconds : undefined;
}

/** The TTL in what `system.tables` says of an engine. */
export function ttlIn(engineFull: string): string | undefined {
  return /\sTTL (.*?)(?: SETTINGS .*)?$/s.exec(engineFull)?.[1];
}

/** Tables that may have a TTL, with what they should have. */
export function wantedRetention(retention: RetentionOptions): { table: TableSchema; member: string; ms?: number }[] {
  return RETENTION_MEMBERS.flatMap((member) =>
    RETENTION_TABLES[member].map((name) => {
      const ms = retention[member];
      return { table: tableSchema(name)!, member, ...(ms === undefined ? {} : { ms }) };
    }),
  );
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** In the largest unit that it is whole in, as in a configuration: `30d`. */
export function inWords(seconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => seconds % each === 0)!;
  return `${seconds / size}${unit}`;
}
