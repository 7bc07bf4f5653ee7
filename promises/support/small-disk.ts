import { execFileSync } from 'node:child_process';
import { appendFileSync, closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, that holds so much and no more. */
export interface SmallDisk {
  readonly path: string;
  /** Somebody else takes all the space there is, and whatever becomes free, until `free`. */
  fill(): void;
  free(): void;
  /** When nobody uses it any more. */
  remove(): void;
}

/** One with a device below it. */
export interface FailingDisk extends SmallDisk {
  /** What the kernel does when the device fails: nothing can be written any more, also to files that are open. */
  fail(): void;
  /** Mounted again, when nobody uses it: what was not synced is gone. */
  mend(): void;
}

const MOUNT = { stdio: 'pipe', env: { ...process.env, LC_ALL: 'C' } } as const;
const CHUNK = Buffer.alloc(1024 * 1024, 1);
/** Of the file system: less cannot be taken. */
const PAGE_BYTES = 4096;
const TAKE_EVERY_MS = 20;

/** In memory. Needs root, and Linux. */
export function smallDisk(megabytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'louver-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', folder], MOUNT);
  const filler = filling(folder);
  return { path: folder, ...filler, remove: () => removeDisk(filler, folder, folder) };
}

/** ext4 in a file. Needs root, and Linux with loop devices. */
export function failingDisk(megabytes: number): FailingDisk {
  const folder = mkdtempSync(join(tmpdir(), 'louver-disk-'));
  const image = join(folder, 'image');
  const path = join(folder, 'mounted');
  appendFileSync(image, '');
  truncateSync(image, megabytes * 1024 * 1024);
  execFileSync('mkfs.ext4', ['-q', image], MOUNT);
  execFileSync('mkdir', [path], MOUNT);
  const mount = (): unknown => execFileSync('mount', ['-o', 'loop', image, path], MOUNT);
  mount();
  const filler = filling(path);
  return {
    path,
    ...filler,
    fail: () => void execFileSync('mount', ['-o', 'remount,abort', path], MOUNT),
    mend() {
      execFileSync('umount', [path], MOUNT);
      mount();
    },
    remove: () => removeDisk(filler, path, folder),
  };
}

/** For the name of a test: what is lacking; empty: nothing. */
export function lacking(make: (megabytes: number) => SmallDisk): string {
  try {
    make(8).remove();
    return '';
  } catch (error) {
    return ` (skipped: no file system can be mounted here: ${(error as Error).message.replaceAll('\n', ' ')})`;
  }
}

interface Filler extends Pick<SmallDisk, 'fill' | 'free'> {
  stop(): void;
}

function filling(path: string): Filler {
  const filler = join(path, 'of-somebody-else');
  let taking: NodeJS.Timeout | undefined;
  const stop = (): void => clearInterval(taking);
  return {
    stop,
    fill() {
      takeAll(filler);
      taking = setInterval(() => takeAll(filler), TAKE_EVERY_MS);
    },
    free() {
      stop();
      rmSync(filler, { force: true });
    },
  };
}

function removeDisk(filler: Filler, mounted: string, folder: string): void {
  filler.stop();
  execFileSync('umount', [mounted], MOUNT);
  rmSync(folder, { recursive: true });
}

function takeAll(file: string): void {
  const fd = openSync(file, 'a');
  try {
    for (let bytes = CHUNK.length; bytes >= PAGE_BYTES;) {
      if (written(fd, bytes) < bytes) bytes /= 2;
    }
  } finally {
    closeSync(fd);
  }
}

/** Bytes that fitted. */
function written(fd: number, bytes: number): number {
  try {
    return writeSync(fd, CHUNK, 0, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return 0;
    throw error;
  }
}
