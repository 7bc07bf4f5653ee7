import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '@louver/core';
import { ANYONE, type Identity } from '../broker/access-list.js';
import type { Credentials } from '../broker/broker-options.js';
import { hashPassword, verifyPassword } from './password-hash.js';
import { readUserFile, userFileVersion, type StoredUser } from './user-file.js';

export interface AuthenticatorOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Let everybody in while there are no users: only on loopback. */
  readonly anonymous: boolean;
  /** Replaced in tests, to count. */
  readonly verify?: (password: Uint8Array, stored: string) => Promise<boolean>;
}

/** How long a password that was right is not computed again. */
const REMEMBERED_MS = 10 * 60_000;
const MAX_REMEMBERED = 10_000;
/** Verifications at a time: each takes 32 MiB and one of the four threads that file access needs as well. */
const MAX_RUNNING = 2;
const MAX_WAITING = 2_000;
/** The file is looked at once a second at the most. */
const FILE_CHECK_MS = 1_000;

export interface Authenticator {
  /** Who it is, or `undefined` to refuse it. */
  authenticate(credentials: Credentials): Promise<Identity | undefined>;
  /** Whether an identity of `authenticate` would still be given: not after its user was removed, or has another password or role. */
  isValid(identity: Identity): Promise<boolean>;
}

/** Checks broker logins against the users file; follows changes of the file while running. */
export function authenticator(options: AuthenticatorOptions): Authenticator {
  const { path, clock, anonymous, verify = verifyPassword } = options;
  // Of no use outside this process: what is remembered is not the password.
  const key = randomBytes(32);
  const remembered = new Map<string, number>();
  /** Password hash at login. */
  const issued = new WeakMap<Identity, string>();
  const running = new Map<string, Promise<boolean>>();
  const slots = limiter(MAX_RUNNING, MAX_WAITING);
  let users = new Map<string, StoredUser>();
  let version: string | undefined;
  let checkedAtMs = -Infinity;
  let looking: Promise<void> | undefined;
  let decoy: Promise<string> | undefined;

  const look = async (): Promise<void> => {
    const current = await userFileVersion(path);
    if (current !== version || checkedAtMs === -Infinity) {
      users = new Map((await readUserFile(path)).map((user) => [user.name, user]));
      version = current;
    }
    checkedAtMs = clock.now();
  };

  /** All logins wait for the same look: one that did not would find no users yet, and let everybody in. */
  const refresh = async (): Promise<void> => {
    if (clock.now() - checkedAtMs < FILE_CHECK_MS) return;
    await (looking ??= look().finally(() => (looking = undefined)));
  };

  const check = async (stored: string, password: Uint8Array): Promise<boolean> => {
    const digest = createHmac('sha256', key).update(stored).update('\0').update(password).digest('base64');
    const until = remembered.get(digest);
    if (until !== undefined && clock.now() < until) return true;
    remembered.delete(digest);
    let verification = running.get(digest);
    if (!verification) {
      verification = slots(() => verify(password, stored)).finally(() => running.delete(digest));
      running.set(digest, verification);
    }
    const right = await verification;
    if (right) {
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(digest, clock.now() + REMEMBERED_MS);
    }
    return right;
  };

  return {
    async authenticate({ username, password }) {
      await refresh();
      if (users.size === 0) return anonymous ? ANYONE : undefined;
      if (username === undefined || password === undefined) return undefined;
      const user = users.get(username);
      // An unknown name takes as long as a wrong password, so that names cannot be found out by the clock.
      const stored = user?.password ?? (await (decoy ??= hashPassword(randomBytes(16))));
      const right = await check(stored, password);
      if (!right || !user) return undefined;
      const identity = { name: user.name, role: user.role };
      issued.set(identity, user.password);
      return identity;
    },
    async isValid(identity) {
      await refresh();
      if (users.size === 0) return anonymous;
      const user = users.get(identity.name);
      return user !== undefined && user.role === identity.role && user.password === issued.get(identity);
    },
  };
}

/** Runs at most `max` at a time; rejects when `maxWaiting` wait already. */
function limiter(max: number, maxWaiting: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let active = 0;
  return async (work) => {
    if (active >= max) {
      if (waiting.length >= maxWaiting) throw new Error('too many logins at a time');
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      active++;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else active--;
    }
  };
}
