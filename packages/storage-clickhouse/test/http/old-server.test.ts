import { defaultContext } from '@louver/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clickhouseStorage } from '../../src/index.js';
import { isTooOld, OLDEST_VERSION } from '../../src/server-version.js';
import { skipWithoutOldServer, startOldServer, withOldServer, type OldServer } from '../support/old-server.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = tempFolder();

test.each([
  [OLDEST_VERSION, false],
  ['23.9.1.1854', false],
  ['23.10.1.1', false],
  ['24.1.1.1', false],
  ['26.7.2.1', false],
  ['23.8.16.40.altinitystable', true],
  ['22.12.1.1', true],
  ['18.16.1', true],
  ['head', false],
])('version %s: too old? %s', (version, expected) => {
  expect(isTooOld(version)).toBe(expected);
});

describe.skipIf(skipWithoutOldServer)(withOldServer, () => {
  let server: OldServer;
  beforeAll(async () => {
    server = await startOldServer(folder);
  });
  afterAll(() => server?.stop());

  const refusal = async (url: string, options = {}): Promise<unknown> => {
    const storage = clickhouseStorage({ url, ...options });
    const error: unknown = await storage.open(defaultContext()).catch((caught: unknown) => caught);
    await storage.close();
    return error;
  };

  test.each([{}, { compression: true }, { retention: { eventsMs: 3_600_000 } }])(
    'a server that is too old is refused by its version, in one line, whatever the options: %j',
    async (options) => {
      expect(await refusal(server.url, options)).toMatchObject({
        code: 'E_CONFIG',
        retryable: false,
        message: `E_CONFIG: ClickHouse 18.16.1 at ${server.url} is too old, expected 23.9 or later; upgrade the server`,
      });
    },
  );

  test('settings that it does not know, and a user, come before its version', async () => {
    const settings = { cluster: { name: 'louver', replicated: true } };
    expect(String(await refusal(server.url, settings))).toMatch(
      /E_CONFIG: ClickHouse does not understand the schema, version 23.9 or later is needed at [^\n]*115\)$/,
    );
    expect(String(await refusal(server.url, { username: 'nobody', password: 'x' }))).toMatch(
      /E_CONFIG: ClickHouse refuses the user, check user name and password, at [^\n]*192\)$/,
    );
  });

  test('the port of the native protocol says itself which one is meant', async () => {
    const url = `http://127.0.0.1:${server.nativePort}`;
    const error = await refusal(url);
    expect(error).toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringMatching(
        /^E_CONFIG: this is the port of the native protocol, use the HTTP URL[^\n]*$/,
      ) as string,
    });
  });
});
