import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiToken } from '../../src/config/api-token.js';
import { resolveTokens } from '../../src/secrets.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'louver-token-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const file = (content: string): string => {
  const path = join(folder, 'token');
  writeFileSync(path, content);
  return path;
};
const grafana = { name: 'grafana', role: 'viewer' } as const;

test('a token in a file is as good as one in the configuration, without the line break at its end', async () => {
  const given = [
    apiToken.parse({ ...grafana, token_file: file('fedcba9876543210\n') })!,
    apiToken.parse('0123456789abcdef')!,
  ];
  expect(await resolveTokens(given)).toEqual([
    { ...grafana, token: 'fedcba9876543210' },
    { name: 'api', role: 'admin', token: '0123456789abcdef' },
  ]);
});

test('who needs no token does not read it: the file of a unit is there while it runs', () => {
  expect(apiToken.parse({ ...grafana, token_file: '/nowhere/token' })).toEqual({ ...grafana, file: '/nowhere/token' });
});

test.each([
  [
    'is not there',
    () => '/nowhere/token',
    /^E_CONFIG: api\.tokens: token_file \/nowhere\/token cannot be used: ENOENT/,
  ],
  [
    'is short',
    () => file('short-canary'),
    /token_file .*\/token cannot be used: it holds no token, expected at least 16/,
  ],
  ['has spaces', () => file('canary canary canary'), /it holds no token/],
])('a file that %s is refused in words that do not show what is in it', async (_name, path, words) => {
  const refused = resolveTokens([{ ...grafana, file: path() }]);
  await expect(refused).rejects.toThrow(words);
  await expect(refused).rejects.not.toThrow(/canary/);
});

test.each([
  ['beside a token', { role: 'viewer', token: 'fedcba9876543210', token_file: 'f' }],
  ['that is no name', { role: 'viewer', token_file: 7 }],
  ['that is empty', { role: 'viewer', token_file: '' }],
  ['of a role that may not', { role: 'device', token_file: 'f' }],
])('a token_file %s is refused', (_name, members) => {
  const { error } = apiToken.safeParse({ name: 'x', ...members });
  expect(error!.issues[0]!.message).toMatch(
    /^expected a string of at least 16 .* viewer, operator or admin .*token_file/,
  );
});
