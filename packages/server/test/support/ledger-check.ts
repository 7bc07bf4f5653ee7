import { join } from 'node:path';
import { defaultContext, type StoredReading } from '@louver/core';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
import type { LedgerPublisher, LedgerReading } from './ledger-publisher.js';

/** Temperatures of a device straight from the database, while no server has it. */
export async function storedReadings(dataDirectory: string, deviceId: string): Promise<readonly StoredReading[]> {
  const storage = embeddedClickhouse({ path: join(dataDirectory, 'clickhouse') });
  await storage.open(defaultContext());
  const readings = await storage.reader!.readings('temperature', { deviceId, limit: 1_000_000 });
  await storage.close();
  return readings;
}

/** What is in the database against what the publisher was promised. */
export interface LedgerResult {
  /** Acknowledged, and not there. */
  readonly missing: readonly LedgerReading[];
  readonly doubled: number;
  /** Never sent: thousandths. */
  readonly foreign: readonly number[];
  /** For one line of output. */
  readonly summary: string;
}

export function checkLedger(publisher: LedgerPublisher, stored: readonly StoredReading[]): LedgerResult {
  const { missing, doubled, foreign, summary } = publisher.ledger.check(
    stored.map(({ value }) => Math.round(value * 1000)),
  );
  const lost = new Set(missing);
  return {
    missing: publisher.acknowledged.filter(({ value }) => lost.has(Math.round(value * 1000))),
    doubled: doubled.length,
    foreign,
    summary,
  };
}
