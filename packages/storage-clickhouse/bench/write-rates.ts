import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ScalarRow, StorageAdapter } from '@louver/core';

export interface WriteRate {
  readonly batchRows: number;
  readonly rowsPerSecond: number;
  /** Longest time that the event loop was held, in ms. */
  readonly longestHoldMs: number;
}

/** Rows per second through an open adapter, one table, one write at a time; the median of `rounds` after a warm-up. */
export async function writeRates(
  storage: StorageAdapter,
  batches: readonly number[] = [1, 100, 1_000, 10_000],
  rounds = 5,
): Promise<WriteRate[]> {
  const rates: WriteRate[] = [];
  let written = 0;
  for (const batchRows of batches) {
    const writes = Math.max(3, Math.ceil(300 / Math.sqrt(batchRows)));
    const perSecond: number[] = [];
    const delay = monitorEventLoopDelay({ resolution: 1 });
    for (let round = 0; round <= rounds; round++) {
      const prepared = Array.from({ length: writes }, () => Array.from({ length: batchRows }, () => row(written++)));
      if (round === 1) delay.enable();
      const started = performance.now();
      for (const rows of prepared) await storage.write('sensor_temperature', rows);
      if (round > 0) perSecond.push((writes * batchRows * 1000) / (performance.now() - started));
    }
    delay.disable();
    perSecond.sort((a, b) => a - b);
    rates.push({
      batchRows,
      rowsPerSecond: Math.round(perSecond[Math.floor(perSecond.length / 2)] ?? NaN),
      longestHoldMs: Math.round(delay.max / 1e5) / 10,
    });
  }
  return rates;
}

function row(i: number): ScalarRow {
  const timestamp = Date.UTC(2025, 9, 1) + i;
  return {
    timestamp,
    device_id: `esp32-${i % 100}`,
    value: 20 + (i % 1000) / 100,
    message_id: `0f8e1d5c9b7a4e63${i}`,
    received_at: timestamp + 35,
    time_source: 'device',
    device_timestamp: '2025-10-01T00:00:00.000Z',
  };
}
