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
  /** Never sent. */
  readonly foreign: readonly StoredReading[];
  /** For one line of output. */
  readonly summary: string;
}

export function checkLedger(publisher: LedgerPublisher, stored: readonly StoredReading[]): LedgerResult {
  const values = new Set(stored.map(({ value }) => value));
  const sent = new Set(Array.from({ length: publisher.sent }, (_, i) => (i + 1) / 1000));
  const missing = publisher.acknowledged.filter(({ value }) => !values.has(value));
  const doubled = stored.length - values.size;
  const foreign = stored.filter(({ value }) => !sent.has(value));
  const summary =
    `${publisher.acknowledged.length} acknowledged, ${missing.length} missing, ${doubled} doubled, ` +
    `${foreign.length} foreign`;
  return { missing, doubled, foreign, summary };
}
