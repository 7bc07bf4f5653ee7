import { ROLES, type Role } from '../broker/access-list.js';
import { leaf } from './leaf.js';

/** A token of the HTTP API. */
export interface ApiToken {
  readonly name: string;
  readonly token: string;
  readonly role: Exclude<Role, 'device' | 'inference'>;
}

/** A token that is read from a file when the server starts: other commands need neither it nor the right to read it. */
export interface ApiTokenFile extends Omit<ApiToken, 'token'> {
  readonly file: string;
}

export const MIN_TOKEN_LENGTH = 16;

/** What a member of `api.tokens` may be, in words. */
export const API_TOKEN = `a string of at least ${MIN_TOKEN_LENGTH} characters, or {name, token, role} with role viewer, operator or admin (token_file instead of token: a file that holds it)`;

/** A member of `api.tokens`. */
export const apiToken = leaf<ApiToken | ApiTokenFile>(API_TOKEN, (found) => {
  if (typeof found === 'string') return isToken(found) ? { token: found, name: 'api', role: 'admin' } : undefined;
  const { token, token_file: file, name, role, ...rest } = (found ?? {}) as Record<string, unknown>;
  if (Object.keys(rest).length > 0 || typeof name !== 'string' || name === '') return undefined;
  if (!ROLES.includes(role as Role) || role === 'device' || role === 'inference') return undefined;
  const common = { name, role: role as ApiToken['role'] };
  if (file === undefined) return isToken(token) ? { token, ...common } : undefined;
  return typeof file === 'string' && file !== '' && token === undefined ? { file, ...common } : undefined;
});

/** Whether a header can carry it, and it is not soon guessed. */
export function isToken(found: unknown): found is string {
  return typeof found === 'string' && found.length >= MIN_TOKEN_LENGTH && /^[\x21-\x7e]+$/.test(found);
}
