import { obligationsLedger } from '@louver/core/testkit';
import type { Sql } from './database.js';
import type { FleetLedger } from './fleet-messages.js';
import type { Measure } from './fleet-stream.js';

/** What is in the database against what the fleet was promised. */
export interface FleetResult {
  readonly acknowledged: number;
  readonly recordings: number;
  /** Acknowledged, and not there: `device measure number`. */
  readonly missing: readonly string[];
  readonly doubled: readonly string[];
  /** Never sent. */
  readonly foreign: readonly string[];
  readonly commands: number;
  /** Received, without exactly one row in `window_actions`; or a command id with several rows. */
  readonly commandsWrong: readonly string[];
  /** Requests of received commands without exactly one row in `ml_predictions`; or a request with several. */
  readonly predictionsWrong: readonly string[];
}

/** To be told from others by. */
const NUMBER: Readonly<Record<Measure, (baseMs: number) => string>> = {
  temperature: () => 'round(value * 1000)',
  humidity: () => 'round(value * 1000)',
  audio: (baseMs) => `toUnixTimestamp64Milli(timestamp) - ${baseMs}`,
};

/** What {@link checkFleet} finds when nothing is wrong. */
export const NOTHING_WRONG = { missing: [], doubled: [], foreign: [], commandsWrong: [], predictionsWrong: [] };

/** Reads all rows of the fleet's devices. */
export async function checkFleet(ledger: FleetLedger, sql: Sql): Promise<FleetResult> {
  const found: { missing: string[]; doubled: string[]; foreign: string[] } = { missing: [], doubled: [], foreign: [] };
  let acknowledged = 0;
  let recordings = 0;
  for (const stream of ledger.streams) {
    const { deviceId, measure, sent } = stream;
    const number = NUMBER[measure](ledger.baseMs);
    const [row] = await sql<{ readonly numbers: readonly number[] }>(
      `SELECT groupArray(toInt32(${number})) AS numbers FROM iot.sensor_${measure} WHERE device_id = '${deviceId}'`,
    );
    const owed = obligationsLedger<number>();
    for (let n = 1; n <= sent; n++) {
      if (stream.acknowledged[n - 1] === 0) owed.sent(n);
      else owed.acknowledge(n);
    }
    const verdict = owed.check(row?.numbers ?? []);
    const named = (n: number): string => `${deviceId} ${measure} ${n}`;
    for (const kind of ['missing', 'doubled', 'foreign'] as const) found[kind].push(...verdict[kind].map(named));
    acknowledged += owed.acknowledgedCount;
    if (measure === 'audio') recordings += owed.acknowledgedCount;
  }
  const commandIds = new Set(ledger.commands.map(({ commandId }) => commandId));
  const requestIds = new Set(ledger.commands.map(({ requestId }) => requestId));
  return {
    ...found,
    acknowledged,
    recordings,
    commands: commandIds.size,
    commandsWrong: await notOnce(sql, 'window_actions', 'command_id', commandIds),
    predictionsWrong: await notOnce(sql, 'ml_predictions', 'request_id', requestIds),
  };
}

/** For one line of output. */
export function summaryOf(result: FleetResult): string {
  const { acknowledged, recordings, missing, doubled, foreign, commands, commandsWrong, predictionsWrong } = result;
  return (
    `${acknowledged} acknowledged (${recordings} recordings), ${missing.length} missing, ${doubled.length} doubled, ` +
    `${foreign.length} foreign; ${commands} commands received, ${commandsWrong.length} without their one row, ` +
    `${predictionsWrong.length} without their one prediction`
  );
}

async function notOnce(sql: Sql, table: string, column: string, wanted: ReadonlySet<string>): Promise<string[]> {
  const rows = await sql<{ readonly id: string; readonly rows: string | number }>(
    `SELECT ${column} AS id, count() AS rows FROM iot.${table} GROUP BY id`,
  );
  const counts = new Map(rows.map(({ id, rows }) => [id, Number(rows)]));
  const several = [...counts].filter(([, count]) => count > 1).map(([id, count]) => `${id}: ${count} rows`);
  return [...several, ...[...wanted].filter((id) => !counts.has(id)).map((id) => `${id}: none`)];
}
