import { readFileSync } from 'node:fs';
import { ROLES, type Role } from '../broker/access-list.js';
import { leaf, refuse, type Refusal } from './leaf.js';

/** A token of the HTTP API. */
export interface ApiToken {
  readonly name: string;
  readonly token: string;
  readonly role: Exclude<Role, 'device' | 'inference'>;
}

export const MIN_TOKEN_LENGTH = 16;

/** A member of `api.tokens`; a file that it names is read here, so that what is wrong with it is said along with everything else. */
export const apiToken = leaf<ApiToken>(
  `a string of at least ${MIN_TOKEN_LENGTH} characters, or {name, token, role} with role viewer, operator or admin (token_file instead of token: a file that holds it)`,
  (found) => {
    if (typeof found === 'string') return tokenOf({ token: found, name: 'api', role: 'admin' });
    const { token_file: file, ...given } = (found ?? {}) as Record<string, unknown>;
    if (file === undefined) return tokenOf(given);
    if (typeof file !== 'string' || given['token'] !== undefined) return undefined;
    return tokenIn(file, given);
  },
);

function tokenIn(file: string, given: Readonly<Record<string, unknown>>): ApiToken | Refusal | undefined {
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    return refuse(`token_file ${file} cannot be read: ${(error as Error).message}`);
  }
  if (tokenOf({ token, name: 'api', role: 'admin' }) !== undefined) return tokenOf({ ...given, token });
  return refuse(`token_file ${file} holds no token: expected at least ${MIN_TOKEN_LENGTH} printable characters`);
}

function tokenOf({ token, name, role, ...rest }: Readonly<Record<string, unknown>>): ApiToken | undefined {
  if (Object.keys(rest).length > 0 || typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) return undefined;
  if (token.length < MIN_TOKEN_LENGTH || typeof name !== 'string' || name === '') return undefined;
  if (!ROLES.includes(role as Role) || role === 'device' || role === 'inference') return undefined;
  return { token, name, role: role as ApiToken['role'] };
}
