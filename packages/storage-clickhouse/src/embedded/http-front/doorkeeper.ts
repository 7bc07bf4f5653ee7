import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { GuestError, refused } from './guest-error.js';

export interface Credentials {
  readonly username: string;
  /** Absent: none is asked for, and only programs of this machine are let in. */
  readonly password: string | undefined;
}

const LOCAL_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Lets no page of a browser in: it could ask with whatever is in front of it. Without a password the loopback address is all the
 * protection there is, and a page whose name an attacker's DNS points at it would be one of this machine (DNS rebinding).
 */
export function checkOrigin(headers: IncomingHttpHeaders, { password }: Credentials): void {
  const site = headers['sec-fetch-site'];
  if (headers.origin !== undefined || (site !== undefined && site !== 'none')) {
    throw refused('pages of a browser are not served: ask from a program.');
  }
  if (password !== undefined) return;
  const host = (headers.host ?? '').replace(/:\d*$/, '').toLowerCase();
  if (LOCAL_NAMES.has(host)) return;
  throw refused(
    `the Host header names ${JSON.stringify(host)}, expected localhost, 127.0.0.1 or [::1]: set a password for the reader to serve other names.`,
  );
}

/** As ClickHouse takes them: headers of its own, else Basic, else the URL. Throws AUTHENTICATION_FAILED. */
export function authenticate(headers: IncomingHttpHeaders, url: URL, expected: Credentials): void {
  const given = credentialsOf(headers, url);
  if (expected.password === undefined) {
    // `default` is whom clients are when nobody told them.
    if ([expected.username, 'default'].includes(given.username) && given.password === '') return;
  } else if (given.username === expected.username && isSame(given.password, expected.password)) {
    return;
  }
  const words = 'Authentication failed: password is incorrect, or there is no user with such name.';
  throw new GuestError(516, 'AUTHENTICATION_FAILED', `${given.username}: ${words}`);
}

function credentialsOf(headers: IncomingHttpHeaders, { searchParams }: URL): { username: string; password: string } {
  const header = (name: string): string | undefined => headers[name]?.toString();
  const user = header('x-clickhouse-user');
  const key = header('x-clickhouse-key');
  if (user !== undefined || key !== undefined) return { username: user ?? 'default', password: key ?? '' };
  const basic = /^Basic +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (basic !== undefined) {
    const [username = '', ...password] = Buffer.from(basic, 'base64').toString().split(':');
    return { username, password: password.join(':') };
  }
  return { username: searchParams.get('user') || 'default', password: searchParams.get('password') ?? '' };
}

/** In a time that says nothing of where they differ. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
