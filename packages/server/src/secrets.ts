import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { LouverError } from '@louver/core';
import { isToken, MIN_TOKEN_LENGTH, type ApiToken, type ApiTokenFile } from './config/api-token.js';
import type { Login } from './config/server-config.js';

/** User name and password for somewhere else. */
export interface ResolvedLogin {
  readonly username?: string;
  readonly password?: string;
}

/** Reads the password of a login from its file. @param key the configuration key of the file, for the error */
export async function resolveLogin({ username, passwordFile }: Login, key: string): Promise<ResolvedLogin> {
  const name = username === undefined ? {} : { username };
  if (passwordFile === undefined) return name;
  try {
    // Editors end files with a line break that belongs to no password.
    const password = (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, '');
    if (password === '') throw new Error('it is empty');
    return { ...name, password };
  } catch (error) {
    throw new LouverError('E_CONFIG', `${key}: ${passwordFile} cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Reads the tokens that lie in files. Rejects with `E_CONFIG` when one is not there or holds none. */
export async function resolveTokens(tokens: readonly (ApiToken | ApiTokenFile)[]): Promise<readonly ApiToken[]> {
  return Promise.all(
    tokens.map(async (each) => {
      if ('token' in each) return each;
      const { file, ...given } = each;
      try {
        const token = (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
        if (isToken(token)) return { ...given, token };
        throw new Error(`it holds no token, expected at least ${MIN_TOKEN_LENGTH} printable characters without spaces`);
      } catch (error) {
        const words = `api.tokens: token_file ${file} cannot be used: ${(error as Error).message}`;
        throw new LouverError('E_CONFIG', words, { cause: error });
      }
    }),
  );
}

/** For a login that lives only as long as the process. */
export function ephemeralPassword(): string {
  return randomBytes(24).toString('base64url');
}
