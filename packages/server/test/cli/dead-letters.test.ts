import { createServer, type AddressInfo } from 'node:net';
import { createServer as createHttp } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createPipeline,
  deadband,
  defaultContext,
  LouverError,
  memoryStorage,
  memoryTransport,
  type DeadLetterRow,
} from '@louver/core';
import { esp32Codec } from '@louver/device-esp32';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CommandExit } from '../../src/cli/command-exit.js';
import { deadLettersCommand } from '../../src/cli/dead-letters-command.js';
import { createHttpServer, type HttpServerOptions } from '../../src/http/serve-http.js';
import { storageAwayHealth, WELL } from '../http/support.js';
import { run, testEnvironment } from './support.js';

const NOW = Date.UTC(2026, 0, 31, 12);
const TOKEN = 'token-0123456789abcdef';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function letter(n: number, change: Partial<DeadLetterRow> = {}): DeadLetterRow {
  return {
    received_at: NOW - n * 3_600_000,
    topic: 'sensor/a/temperature',
    device_id: 'a',
    code: 'too-large',
    detail: 'E_DECODE: payload of 70 bytes, expected at most 64',
    payload: base64('{"value": 21}'),
    message_id: `letter-${n}`,
    ...change,
  };
}

async function served(letters: readonly DeadLetterRow[], options: Partial<HttpServerOptions> = {}) {
  const storage = memoryStorage();
  const pipeline = createPipeline({
    transport: memoryTransport(),
    codec: esp32Codec(),
    storage,
    detector: deadband({}),
    durability: 'none',
    batch: { maxDelayMs: 5 },
  });
  await pipeline.open();
  await storage.write('dead_letters', letters);
  const http = await createHttpServer({
    host: '127.0.0.1',
    port: 0,
    tokens: [],
    context: defaultContext(),
    health: () => WELL,
    reader: storage.reader,
    replay: pipeline.replay.bind(pipeline),
    ...options,
  });
  onTestFinished(async () => {
    await http.close();
    await pipeline.close();
  });
  return { url: `http://127.0.0.1:${http.port}`, storage };
}

async function louver(args: readonly string[], variables: Record<string, string> = {}, workingDirectory?: string) {
  const clock = { ...defaultContext().clock, now: () => NOW };
  const place = workingDirectory === undefined ? {} : { workingDirectory };
  const environment = testEnvironment({ clock, variables, ...place });
  let exit: { readonly code: number; readonly lines: readonly string[] } = { code: 0, lines: [] };
  try {
    await run(deadLettersCommand(environment), ...args);
  } catch (error) {
    if (error instanceof CommandExit) exit = { code: error.exitCode, lines: error.lines };
    else if (LouverError.is(error)) exit = { code: 2, lines: [error.message] };
    else throw error;
  }
  return { ...exit, printed: environment.lines, remarks: environment.remarks };
}

describe('list', () => {
  test('a table in columns, and counts by code', async () => {
    const { url } = await served([letter(3), letter(2), letter(1, { code: 'not-json', device_id: '' })]);
    const { printed, code } = await louver(['list', '--url', url]);
    expect(printed).toEqual([
      'TIME                      DEVICE  TOPIC                 CODE       DETAIL                                    ID',
      '2026-01-31T09:00:00.000Z  a       sensor/a/temperature  too-large  payload of 70 bytes, expected at most 64  letter-3',
      '2026-01-31T10:00:00.000Z  a       sensor/a/temperature  too-large  payload of 70 bytes, expected at most 64  letter-2',
      '2026-01-31T11:00:00.000Z  -       sensor/a/temperature  not-json   payload of 70 bytes, expected at most 64  letter-1',
      '',
      '3 dead letters: 2 too-large, 1 not-json',
    ]);
    expect(code).toBe(0);
  });

  test('by code, device and time; none', async () => {
    const { url } = await served([
      letter(3),
      letter(2),
      letter(1, { code: 'not-json' }),
      letter(0, { device_id: 'b' }),
    ]);
    const ids = async (...args: string[]) => {
      const { printed } = await louver(['list', '--url', url, '--json', ...args]);
      return (JSON.parse(printed.join('\n')) as { dead_letters: DeadLetterRow[] }).dead_letters.map(
        (row) => row.message_id,
      );
    };
    expect(await ids()).toEqual(['letter-3', 'letter-2', 'letter-1', 'letter-0']);
    expect(await ids('--code', 'not-json')).toEqual(['letter-1']);
    expect(await ids('--device', 'b')).toEqual(['letter-0']);
    expect(await ids('--since', '2h', '--until', '30m')).toEqual(['letter-2', 'letter-1']);
    expect(await ids('--until', '2026-01-31T10:00:00Z')).toEqual(['letter-3', 'letter-2']);
    expect((await louver(['list', '--url', url, '--limit', '1'])).printed.at(-1)).toContain('--limit shows more');
    expect((await louver(['list', '--url', url, '--code', 'bad-device-id'])).printed).toEqual(['no dead letters']);
    for (const args of [
      ['--since', 'yesterday'],
      ['--limit', '0'],
      ['--limit', '1001'],
      ['--code', 'nothing'],
    ]) {
      await expect(louver(['list', '--url', url, ...args])).rejects.toMatchObject({ exitCode: 1 });
    }
  });

  test('what a terminal would obey is escaped, in tables and in JSON', async () => {
    const evil = '\u001b]0;owned\u0007\u009b31m\u202e\u2028\n\t\u{e0001}Ω 🪟';
    const row = letter(0, {
      topic: evil,
      device_id: evil,
      code: evil,
      detail: evil,
      message_id: evil,
      payload: base64(evil),
    });
    const { url } = await served([row]);
    // What is no line break between lines or between members of JSON.
    const obeyed = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
    for (const args of [
      ['list'],
      ['show', evil],
      ['replay', evil],
      ['list', '--json'],
      ['show', evil, '--json'],
      ['replay', evil, '--json'],
    ]) {
      const { printed } = await louver([...args, '--url', url]);
      expect(printed.length).toBeGreaterThan(0);
      for (const line of printed.flatMap((text) => (args.includes('--json') ? text.split('\n') : [text]))) {
        expect(line).not.toMatch(obeyed);
      }
      expect(printed.join('')).toContain('Ω 🪟');
      if (args.includes('--json')) expect(JSON.stringify(JSON.parse(printed.join('')))).toContain('Ω 🪟');
    }
    const { printed } = await louver(['show', evil, '--json', '--url', url]);
    expect(JSON.parse(printed.join(''))).toMatchObject({ message_id: evil, topic: evil });
  });
});

describe('show', () => {
  test('one with all of its payload', async () => {
    const { url } = await served([letter(0, { payload: base64('x'.repeat(5000)) })]);
    const { printed } = await louver(['show', 'letter-0', '--url', url]);
    expect(printed[0]).toBe('id:        letter-0');
    expect(printed.at(-1)).toBe(`payload:   ${'x'.repeat(5000)}`);
  });

  test('none with this id', async () => {
    const { url } = await served([]);
    const { code, lines } = await louver(['show', 'nobody', '--url', url]);
    expect([code, lines]).toEqual([1, [expect.stringContaining('`louver dead-letters list` shows them')]]);
  });
});

describe('replay', () => {
  test('some taken in, some refused: their reasons, and exit code 1', async () => {
    const { url, storage } = await served([letter(2), letter(1, { payload: base64('warm') }), letter(0)]);
    const dry = await louver(['replay', 'letter-2', 'letter-1', '--dry-run', '--url', url]);
    expect(dry.printed.at(-1)).toBe('1 dead letter would be taken in, 1 still refused');
    expect(storage.rows('sensor_temperature')).toEqual([]);
    const { code, printed } = await louver(['replay', 'letter-2', 'letter-1', 'nobody', '--url', url]);
    expect(code).toBe(1);
    expect(printed).toEqual([
      expect.stringMatching(/^letter-1 {2}sensor\/a\/temperature {2}not-json: /),
      'nobody  no dead letter has this id, or it was taken in before',
      '1 dead letter taken in, 1 still refused',
    ]);
    expect((await louver(['replay', '--device', 'a', '--since', '30m', '--url', url])).code).toBe(0);
    expect(storage.rows('sensor_temperature')).toHaveLength(2);
    expect((await louver(['replay', '--code', 'bad-device-id', '--url', url])).printed).toEqual(['no dead letters']);
  });

  test('thousands, with how far it is', async () => {
    const rows = Array.from({ length: 2100 }, (_, n) => letter(0, { received_at: NOW - n, message_id: `letter-${n}` }));
    const { url, storage } = await served(rows);
    const { code, printed, remarks } = await louver(['replay', '--all', '--url', url]);
    expect(remarks).toEqual(['1000 taken in, 0 refused, 1100 to go', '2000 taken in, 0 refused, 100 to go']);
    expect([code, printed]).toEqual([0, ['2100 dead letters taken in, 0 still refused']]);
    expect(storage.rows('sensor_temperature')).toHaveLength(2100);
    const json = await louver(['replay', ...rows.slice(0, 1200).map((row) => row.message_id), '--json', '--url', url]);
    expect(JSON.parse(json.printed.join(''))).toMatchObject({ taken_in: 0, unknown: { length: 1200 } });
    expect(json.remarks).toEqual([]);
  });

  test.each([
    [[], /which ones\?/],
    [['letter-0', '--all'], /ids beside/],
    [['letter-0', '--code', 'not-json'], /ids beside/],
    [['--all', '--code', 'not-json'], /--all beside a filter/],
  ])('%j is wrong usage, told without asking a server', async (args, words) => {
    const { code, lines } = await louver(['replay', ...args, '--url', 'http://127.0.0.1:1']);
    expect([code, lines.length]).toEqual([2, 1]);
    expect(lines[0]).toMatch(words);
  });
});

describe('errors: one line each, exit code 2', () => {
  const failsWith = async (
    args: readonly string[],
    words: RegExp,
    variables: Record<string, string> = {},
    folder?: string,
  ) => {
    const { code, lines } = await louver(args, variables, folder);
    expect(code).toBe(2);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(words);
    expect(lines[0]).not.toContain('\n');
    expect(lines[0]).not.toContain(TOKEN);
  };

  test('no server, no Louver, no URL', async () => {
    const listener = createServer(
      (socket) => void socket.on('error', () => undefined).end('SSH-2.0\r\n', () => socket.destroy()),
    );
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    await failsWith(['list', '--url', `http://127.0.0.1:${port}`], /is it the HTTP port of a server\?/);
    await new Promise((resolve) => listener.close(resolve));
    await failsWith(['list', '--url', `http://127.0.0.1:${port}`], /no server at .* start one with `louver serve`/);
    await failsWith(['list', '--url', 'localhost:8080'], /--url: found "localhost:8080", expected the URL/);
    await failsWith(['list', '--url', 'http://me:secret@localhost:8080'], /a user name or password/);
    const other = createHttp((_, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    await failsWith(['list', '--url', url], /no Louver server \(status 404\)/);
  });

  test('tokens: none, a wrong one, a viewer, a file', async () => {
    const tokens = [
      { name: 'me', token: TOKEN },
      { name: 'screen', token: 'viewer-0123456789', role: 'viewer' },
    ] as const;
    const { url } = await served([letter(0)], { tokens });
    const list = ['list', '--url', url];
    await failsWith(list, /wants an API token \(401\): set LOUVER_API_TOKEN/);
    await failsWith(list, /does not know this API token \(401\)/, { LOUVER_API_TOKEN: `${TOKEN}x` });
    await failsWith(['replay', '--all', '--url', url], /\(403\): .*role viewer/, {
      LOUVER_API_TOKEN: 'viewer-0123456789',
    });
    expect((await louver(list, { LOUVER_API_TOKEN: TOKEN })).code).toBe(0);
    const folder = await mkdtemp(join(tmpdir(), 'louver-token-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'token');
    await failsWith([...list, '--token-file', file], /--token-file: .* cannot be used/);
    await writeFile(file, `${TOKEN}\n`);
    expect((await louver([...list, '--token-file', file], { LOUVER_API_TOKEN: 'wrong' })).code).toBe(0);
    await writeFile(file, 'two words\n');
    await failsWith([...list, '--token-file', file], /more than one token/);
  });

  test('an older server, storage away, a full journal, a role without storage', async () => {
    const old = createHttp((request, response) => {
      const type = `urn:louver:problem:${request.method === 'POST' ? 'body-not-allowed' : 'unknown-route'}`;
      response.writeHead(request.method === 'POST' ? 400 : 404).end(JSON.stringify({ type, detail: 'nothing known' }));
    });
    await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void old.close());
    const oldUrl = `http://127.0.0.1:${(old.address() as AddressInfo).port}`;
    await failsWith(['list', '--url', oldUrl], /older server .* \(404\): update it/);
    await failsWith(['replay', '--all', '--url', oldUrl], /older server/);
    const away = await served([letter(0)], { health: () => storageAwayHealth('connection refused') });
    await failsWith(['list', '--url', away.url], /\(503\): storage cannot answer now: connection refused/);
    const full = await served([letter(0)], {
      replay: () => Promise.reject(new LouverError('E_JOURNAL_FULL', 'no room')),
    });
    await failsWith(['replay', '--all', '--url', full.url], /\(503\): the journal takes nothing now: no room/);
    const none = await served([], { reader: undefined });
    await failsWith(['list', '--url', none.url], /no storage that could be read.* \(501\)/);
  });

  test('where the server is, from louver.yaml and LOUVER_HTTP_PORT', async () => {
    const { url } = await served([letter(0)]);
    const port = new URL(url).port;
    const folder = await mkdtemp(join(tmpdir(), 'louver-yaml-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'louver.yaml'), `host: 0.0.0.0\nhttp: { port: ${port} }\nmqtt: { nonsense: 1 }\n`);
    expect((await louver(['list'], {}, folder)).printed).toHaveLength(4);
    await failsWith(['list'], /http:\/\/127\.0\.0\.1:9\b/, { LOUVER_HTTP_PORT: '9' }, folder);
    await writeFile(join(folder, 'other.yaml'), 'http: { port: 0 }\n');
    await failsWith(['list', '--config', join(folder, 'other.yaml')], /give it as --url/);
    await failsWith(['list', '--config', join(folder, 'none.yaml')], /cannot be read/);
  });
});
