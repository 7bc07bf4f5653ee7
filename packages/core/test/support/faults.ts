import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LouverError, memoryStorage, type MemoryStorage, type StorageAdapter } from '@louver/core';
import { onTestFinished } from 'vitest';

/** A folder of the test's own. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'louver-core-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Rejections that nobody has handled since the call: each would end the process. */
export function unhandledRejections(): readonly unknown[] {
  const found: unknown[] = [];
  const note = (error: unknown): void => void found.push(error);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  return found;
}

/** Storage that cannot be opened or written while `faults.away`. */
export function awayStorage(memory: MemoryStorage = memoryStorage()) {
  const faults = { away: true };
  const refuse = (): void => {
    if (faults.away) throw new LouverError('E_STORAGE_UNAVAILABLE', 'storage is away');
  };
  const storage: StorageAdapter = {
    ...memory,
    async open(context) {
      refuse();
      await memory.open(context);
    },
    async write(table, rows, options) {
      refuse();
      return memory.write(table, rows, options);
    },
  };
  return { storage, faults, memory };
}

/** A person's command: decided from nothing. */
export function manualCommand(deviceId: string, timestampMs: number): string {
  return JSON.stringify({
    kind: 'window',
    deviceId,
    commandId: `manual-${timestampMs}`,
    requestId: '',
    timestampMs,
    source: 'manual',
    position: 5,
    confidence: null,
    featuresUsed: { temperature: null, humidity: null, audioFeatures: [] },
  });
}
