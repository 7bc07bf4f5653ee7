import { randomBytes, randomInt } from 'node:crypto';
import { open, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LouverError } from './errors.js';

export interface LockFile {
  /** Gives the lock up; idempotent. */
  release(): Promise<void>;
}

export interface LockFileOptions {
  /** Code of the error when another process has it. Default `E_JOURNAL_LOCKED`. */
  readonly code?: 'E_JOURNAL_LOCKED' | 'E_STORAGE_LOCKED';
}

/**
 * Locks `path` for this process on this machine (or container) until `release` or the end of the process, however it ends.
 * The parent folder must exist. Rejects with `code`, naming the folder and the process that has it.
 *
 * A fixed name cannot be taken over safely from a dead owner: between "it is dead" and "remove it" another process may have made its own.
 * So every claim is a file with a name of its own (`<path>.<pid>-<start>-<boot>-<random>`), and the rule is: write your claim, then
 * look; whoever sees another live claim withdraws. Of two that race, the one that looks later sees the other.
 */
export async function acquireLockFile(path: string, options: LockFileOptions = {}): Promise<LockFile> {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  const own = `${prefix}${process.pid}-${await startOf(process.pid)}-${await bootId()}-${randomBytes(6).toString('hex')}`;
  for (let attempt = 0; ; attempt++) {
    await (await open(join(folder, own), 'wx', 0o600)).close();
    const other = await liveClaim(folder, prefix, own);
    if (other === undefined) break;
    await rm(join(folder, own), { force: true });
    // Two that see each other both withdraw; whoever holds it already has said so, and waiting would be in vain.
    if (other.held || attempt >= 12) throw lockedError(path, other, options.code ?? 'E_JOURNAL_LOCKED');
    await pause(randomInt(1, 2 + 2 ** Math.min(attempt, 6)));
  }
  await (await open(join(folder, own + HELD), 'wx', 0o600)).close();
  let released: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    await rm(join(folder, own + HELD), { force: true });
    await rm(join(folder, own), { force: true });
  };
  return { release: () => (released ??= release()) };
}

const HELD = '.held';
const CLAIM = /^(\d+)-(\d+)-([0-9a-f]*)-[0-9a-f]{12}$/;

interface Claim {
  readonly pid: number;
  readonly name: string;
  readonly held: boolean;
}

/** Another process's (or another part of this process's) live claim, one that holds before one that tries. Removes dead ones. */
async function liveClaim(folder: string, prefix: string, own: string): Promise<Claim | undefined> {
  const names = new Set(await readdir(folder));
  let found: Claim | undefined;
  for (const name of names) {
    if (!name.startsWith(prefix) || name.startsWith(own)) continue;
    const match = CLAIM.exec(name.slice(prefix.length).replace(HELD, ''));
    if (match === null) continue;
    const pid = Number(match[1]);
    if (!(await isAlive(pid, match[2]!, match[3]!))) await rm(join(folder, name), { force: true });
    else if (name.endsWith(HELD)) found = { pid, name: name.slice(0, -HELD.length), held: true };
    else found ??= { pid, name, held: names.has(name + HELD) };
  }
  return found;
}

async function isAlive(pid: number, start: string, boot: string): Promise<boolean> {
  if (boot !== (await bootId())) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists, and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  // Process ids are used again; a process that began at another time is another process.
  return start === (await startOf(pid));
}

/** When the process began, in clock ticks since boot; `0` where there is no `/proc`. */
async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold blanks and parentheses; the start is field 22, the 20th after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A killed process that nobody has waited for yet (a container without init) holds nothing any more.
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? '0');
  } catch {
    return '0';
  }
}

/** Differs after each start of the machine; empty where there is no `/proc`. */
async function bootId(): Promise<string> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).replace(/[^0-9a-f]/g, '').slice(0, 12);
  } catch {
    return '';
  }
}

function lockedError(path: string, claim: Claim, code: 'E_JOURNAL_LOCKED' | 'E_STORAGE_LOCKED'): LouverError {
  const folder = dirname(path);
  const who = claim.pid === process.pid ? `this process (${claim.pid})` : `process ${claim.pid}`;
  return new LouverError(
    code,
    `${folder} is in use by ${who}. One process at a time can use it: stop that one, or choose another folder. ` +
      `(Remove ${join(folder, claim.name)} only if no such process exists.)`,
  );
}
