import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ERROR_CODES, LouverError, withoutCode } from '@louver/core';

test('docs/errors.md lists every code with its default, in the order of the catalogue', async () => {
  const text = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  const listed = [...text.matchAll(/^\| `(E_\w+)` +\| (yes|no) +\|/gm)].map(([, code, retryable]) => [code, retryable]);
  expect(listed).toEqual(Object.entries(ERROR_CODES).map(([code, { retryable }]) => [code, retryable ? 'yes' : 'no']));
});

test('says its code first, keeps the cause, and is known across copies of the package', () => {
  const cause = new Error('ECONNREFUSED');
  const error = LouverError.from(cause, 'E_TRANSPORT');
  expect(error.message).toBe('E_TRANSPORT: ECONNREFUSED');
  expect(error.cause).toBe(cause);
  expect(error.retryable).toBe(true);
  expect(LouverError.from(error, 'E_CONFIG')).toBe(error);
  const foreign = Object.assign(new Error('x'), { name: 'LouverError', code: 'E_MODEL' });
  expect(LouverError.is(foreign)).toBe(true);
  expect(LouverError.is(cause)).toBe(false);
});

test('its words can be had without the code, for every code; other words stay as they are', () => {
  for (const code of Object.keys(ERROR_CODES) as (keyof typeof ERROR_CODES)[]) {
    expect(withoutCode(new LouverError(code, 'port 1: E_X: taken').message)).toBe('port 1: E_X: taken');
  }
  expect(withoutCode('ECONNREFUSED: away')).toBe('ECONNREFUSED: away');
});
