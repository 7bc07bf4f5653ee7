import { readFile } from 'node:fs/promises';
import { LouverError } from '@louver/core';
import type { Command } from 'commander';
import { loadHttpUrl } from '../config/http-client-config.js';
import { CommandExit } from './command-exit.js';
import type { CommandEnvironment } from './command-environment.js';
import { printable } from './printable.js';

/** What the options of a command that speaks to the HTTP API hold after parsing. */
export interface HttpOptions {
  readonly config?: string;
  readonly url?: string;
  readonly tokenFile?: string;
}

/** A running server. Every failure is a {@link CommandExit} with code 2 (1: no such dead letter) and one line that says what to do. */
export interface HttpClient {
  get(path: string): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
}

/** A thousand letters, and a database that takes its time. */
const TIMEOUT_MS = 120_000;

/** Adds to a command what tells it the server. */
export function withHttpOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file of the server (default: louver.yaml, if there is one)')
    .option('--url <url>', 'server to speak to (default: that of the configuration, else http://127.0.0.1:8080)')
    .option('--token-file <file>', 'file with the API token (default: LOUVER_API_TOKEN)');
}

/** Rejects with `E_CONFIG`. */
export async function httpClient(
  { config, url, tokenFile }: HttpOptions,
  { variables, workingDirectory }: Pick<CommandEnvironment, 'variables' | 'workingDirectory'>,
): Promise<HttpClient> {
  const flags = config === undefined ? {} : { config };
  const base = url === undefined ? loadHttpUrl({ flags, environment: variables, workingDirectory }) : checkedUrl(url);
  const token = tokenFile === undefined ? variables['LOUVER_API_TOKEN'] : await tokenIn(tokenFile);
  const authorization = token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` };

  async function ask(path: string, init: RequestInit): Promise<unknown> {
    const headers = { accept: 'application/json', ...authorization, ...init.headers };
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${base}${path}`, {
        ...init,
        headers,
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      text = await response.text();
    } catch (error) {
      throw failed(unreachable(error, base));
    }
    const body = parsed(text);
    if (response.ok && body !== undefined) return body;
    if (isUnknownLetter(body)) {
      throw new CommandExit(1, [
        'no dead letter has this id, or it was taken in: `louver dead-letters list` shows them',
      ]);
    }
    throw failed(refusal(response.status, body, base, Object.keys(authorization).length > 0));
  }

  return {
    get: (path) => ask(path, {}),
    post: (path, body) =>
      ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  };
}

function failed(line: string): CommandExit {
  return new CommandExit(2, [line]);
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url !== undefined && ['http:', 'https:'].includes(url.protocol);
  if (isHttp && url.username === '' && url.password === '') return url.href.replace(/[?#].*$/, '').replace(/\/+$/, '');
  const found = isHttp ? 'a URL with a user name or password' : printable(JSON.stringify(text), 80);
  throw new LouverError(
    'E_CONFIG',
    `--url: found ${found}, expected the URL of the server, e.g. http://127.0.0.1:8080`,
  );
}

async function tokenIn(file: string): Promise<string> {
  try {
    const token = (await readFile(file, 'utf8')).trim();
    if (/^[\x21-\x7e]+$/.test(token)) return token;
    throw new Error(token === '' ? 'it is empty' : 'it holds more than one token');
  } catch (cause) {
    throw new LouverError('E_CONFIG', `--token-file: ${file} cannot be used: ${(cause as Error).message}`, { cause });
  }
}

function unreachable(error: unknown, base: string): string {
  const cause = (error as { cause?: { code?: unknown; message?: unknown } }).cause;
  switch (cause?.code) {
    case 'ECONNREFUSED':
      return `no server at ${base} (connection refused): start one with \`louver serve\`, or name another with --url`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host of ${base} is not known: check --url`;
  }
  if ((error as Error).name === 'TimeoutError') return `${base} has not answered within ${TIMEOUT_MS / 1000} s`;
  const why = cause?.message ?? (error as Error).message;
  return `no answer from ${base} (${printable(String(why), 200)}): is it the HTTP port of a server? (--url)`;
}

function isUnknownLetter(body: unknown): boolean {
  return (body as { readonly type?: unknown } | undefined)?.type === 'urn:louver:problem:unknown-dead-letter';
}

function refusal(status: number, body: unknown, base: string, hasToken: boolean): string {
  const { detail, type } = (body ?? {}) as { readonly detail?: unknown; readonly type?: unknown };
  const isOurs = typeof type === 'string' && type.startsWith('urn:louver:problem:') && typeof detail === 'string';
  const words = isOurs ? printable(detail, 500) : `status ${status}`;
  if (status === 401) {
    return hasToken
      ? `${base} does not know this API token (401): check LOUVER_API_TOKEN or --token-file`
      : `${base} wants an API token (401): set LOUVER_API_TOKEN, or give --token-file FILE`;
  }
  if (!isOurs) return `what answers at ${base} is no Louver server (status ${status}): name another with --url`;
  if (status === 403) return `${base} does not allow it (403): ${words}`;
  if (/:(unknown-route|body-not-allowed)$/.test(type)) {
    return `${base} is an older server that knows nothing of dead letters (${status}): update it`;
  }
  if (status === 503) return `${base} cannot do it now (503): ${words}; try again when /readyz says 200`;
  return `${base}: ${words} (${status})`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
