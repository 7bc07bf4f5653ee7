import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiToken } from '../../src/config/api-token.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'louver-token-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const file = (content: string): string => {
  const path = join(folder, 'token');
  writeFileSync(path, content);
  return path;
};
const words = (given: object): string => apiToken.safeParse(given).error!.issues[0]!.message;

test('a token in a file is as good as one in the configuration, without the line break at its end', () => {
  const given = { name: 'grafana', role: 'viewer', token_file: file('fedcba9876543210\n') };
  expect(apiToken.parse(given)).toEqual({ name: 'grafana', role: 'viewer', token: 'fedcba9876543210' });
});

test.each([
  [
    'that is not there',
    { role: 'viewer', token_file: '/nowhere/token' },
    /^token_file \/nowhere\/token cannot be read: ENOENT/,
  ],
  [
    'with less than a token',
    { role: 'viewer' },
    /^token_file .*\/token holds no token: expected at least 16 printable/,
  ],
  ['beside a token', { role: 'viewer', token: 'fedcba9876543210' }, /^expected a string of at least 16 .*token_file/],
  ['that is no name', { role: 'viewer', token_file: 7 }, /^expected a string of at least 16/],
])('a file %s is refused in words that do not show what is in it', (_name, members, expected) => {
  const found = words({ name: 'x', token_file: file('short-canary'), ...members });
  expect(found).toMatch(expected);
  expect(found).not.toContain('canary');
});

test('what a role may not be is refused with a file too', () => {
  expect(words({ name: 'x', role: 'device', token_file: file('fedcba9876543210') })).toMatch(
    /role viewer, operator or admin/,
  );
});
