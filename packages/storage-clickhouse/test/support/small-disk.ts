import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system in memory, that holds so much and no more. Needs root, and Linux. */
export interface SmallDisk {
  readonly path: string;
  /** Somebody else takes all the space that is left. */
  fill(): void;
  free(): void;
  /** When nobody uses it any more. */
  remove(): void;
}

const MOUNT = { stdio: 'pipe', env: { ...process.env, LC_ALL: 'C' } } as const;

export function smallDisk(megabytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'louver-clickhouse-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', path], MOUNT);
  const ballast = join(path, 'ballast');
  return {
    path,
    fill() {
      try {
        for (;;) writeFileSync(ballast, Buffer.alloc(64 * 1024), { flag: 'a' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    free: () => rmSync(ballast),
    remove() {
      execFileSync('umount', ['--lazy', path], MOUNT);
      rmSync(path, { recursive: true });
    },
  };
}

/** Why there can be none here, in parentheses for the name of a test; empty: there can. In CI nothing is skipped. */
export const withoutSmallDisk = ((): string => {
  try {
    smallDisk(1).remove();
    return '';
  } catch (error) {
    if (process.env['CI'] === 'true') return '';
    return ` (skipped: no file system can be mounted: ${String((error as Error).message)
      .split('\n')
      .at(-1)})`;
  }
})();
