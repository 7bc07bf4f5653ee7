import { execFileSync } from 'node:child_process';

/**
 * No file can grow beyond `bytes` in this process: what is more fails or is cut off, as on a full disk, while there seems to be space. Needs Linux
 * with `prlimit` (util-linux).
 */
export async function whileWritesFail<T>(work: () => Promise<T>, bytes = 0): Promise<T> {
  limitFiles(String(bytes));
  try {
    return await work();
  } finally {
    limitFiles('unlimited');
  }
}

/** Why that cannot be had here, in parentheses for the name of a test; empty: it can. In CI nothing is skipped. */
export const withoutFailingWrites = ((): string => {
  try {
    limitFiles('unlimited');
    // Without a handler the signal ends the process before the write can fail.
    process.on('SIGXFSZ', () => undefined);
    return '';
  } catch (error) {
    if (process.env['CI'] === 'true') return '';
    return ` (skipped: the size of files cannot be limited: ${(error as Error).message.split('\n', 1)[0]})`;
  }
})();

/** The soft limit: it may be raised again. */
function limitFiles(bytes: string): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`], { stdio: 'pipe' });
}
