import { LouverError } from './errors.js';
import type { Durability, PipelineOptions } from './options.js';

/** For programs that no compiler has looked at. */
export function checkParts(options: PipelineOptions): void {
  const parts = ['transport', 'codec', 'storage', 'detector'] as const;
  const missing = parts.filter((name) => (options[name] as unknown) === undefined);
  if (missing.length === 0) return;
  throw new LouverError('E_CONFIG', `createPipeline: found no ${missing.join(', no ')}, expected one of each`);
}

/** @param level what the journal promises. */
export function checkedDurability(wanted: Durability | undefined, level: 'journal' | 'none'): Durability {
  if (wanted === 'journal' && level === 'none') {
    throw new LouverError(
      'E_CONFIG',
      "durability 'journal' needs a journal on disk: found none, expected `journal: fileJournal(directory)`",
    );
  }
  return wanted ?? (level === 'journal' ? 'journal' : 'storage');
}
