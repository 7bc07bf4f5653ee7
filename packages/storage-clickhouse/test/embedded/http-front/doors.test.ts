import { request } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import { clickhouseHttp, embeddedClickhouse } from '../../../src/embedded/index.js';
import { front } from './rig.js';

const engine = front();
let locked: string;
beforeAll(async () => (locked = await engine.also({ username: 'grafana', password: 'correct horse:battery' })));

/** With headers that fetch does not let one set. */
function ask(url: string, headers: Readonly<Record<string, string>> = {}, path = '/?query=SELECT+1'): Promise<string> {
  return new Promise((resolve, reject) => {
    request(`${url}${path}`, { headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve(response.statusCode === 200 ? text : `${response.statusCode}: ${text}`));
    })
      .on('error', reject)
      .end();
  });
}
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

describe('without a password', () => {
  test('reader and default are let in, others and those with a password are not', async () => {
    expect(await ask(engine.url)).toBe('1\n');
    for (const user of ['reader', 'default']) {
      expect(await ask(engine.url, { 'x-clickhouse-user': user })).toBe('1\n');
      expect(await ask(engine.url, basic(user, ''))).toBe('1\n');
      expect(await ask(engine.url, {}, `/?query=SELECT+1&user=${user}`)).toBe('1\n');
      expect(await ask(engine.url, basic(user, 'x'))).toMatch(/^403: Code: 516.*AUTHENTICATION_FAILED/);
    }
    expect(await ask(engine.url, { 'x-clickhouse-user': 'admin' })).toMatch(/^403: Code: 516/);
  });

  test('only names of this machine are served', async () => {
    for (const host of ['localhost:8123', '127.0.0.1', 'LOCALHOST', '[::1]:8123'])
      expect([host, await ask(engine.url, { host })]).toEqual([host, '1\n']);
    for (const host of ['evil.example', '127.0.0.1.evil.example:80', '10.0.0.1', 'localhost.'])
      for (const path of ['/?query=SELECT+1', '/ping', '/'])
        expect(await ask(engine.url, { host }, path)).toMatch(/^403: Code: 497.*Host header names/);
  });
});

describe('with a password', () => {
  test.each([
    ['headers', { 'x-clickhouse-user': 'grafana', 'x-clickhouse-key': 'correct horse:battery' }, ''],
    ['Basic', basic('grafana', 'correct horse:battery'), ''],
    ['the URL', {}, '&user=grafana&password=correct+horse:battery'],
  ])('by %s', async (_name, headers, fields) => {
    expect(await ask(locked, headers, `/?query=SELECT+1${fields}`)).toBe('1\n');
    expect(await ask(locked, { ...headers, host: 'louver.example' }, `/?query=SELECT+1${fields}`)).toBe('1\n');
  });

  test('a wrong one, none, another user, and a wrong one in a header beside the right one in the URL', async () => {
    for (const headers of [
      {},
      basic('grafana', ''),
      basic('grafana', 'correct horse'),
      basic('reader', 'correct horse:battery'),
      basic('default', ''),
      { 'x-clickhouse-user': 'grafana' },
      { authorization: 'Bearer x' },
    ])
      expect(await ask(locked, headers)).toMatch(/^403: Code: 516/);
    const fields = '&user=grafana&password=correct+horse:battery';
    expect(await ask(locked, { 'x-clickhouse-key': 'x' }, `/?query=SELECT+1${fields}`)).toMatch(/^403: Code: 516/);
    expect(await ask(locked, {}, '/ping')).toBe('Ok.\n');
  });
});

test('no page of a browser is served, whatever it knows', async () => {
  const login = basic('grafana', 'correct horse:battery');
  for (const headers of [
    { origin: 'http://localhost:3000' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]) {
    expect(await ask(engine.url, headers)).toMatch(/^403: Code: 497.*pages of a browser/);
    expect(await ask(locked, { ...headers, ...login })).toMatch(/^403: Code: 497/);
  }
  // Typed into the address bar.
  expect(await ask(engine.url, { 'sec-fetch-site': 'none' })).toBe('1\n');
});

test('an empty password is a mistake', () => {
  expect(() => clickhouseHttp(engine.storage, { password: '' })).toThrow(/^E_CONFIG: .*password is empty/);
});

test('what cannot be read is refused in words', async () => {
  expect(await ask(engine.url, {}, '//')).toMatch(/^4\d\d: /);
  const form = await fetch(engine.url, { method: 'POST', body: 'x', headers: { 'content-type': 'multipart/form-data; boundary=y' } }); // prettier-ignore
  expect([form.status, await form.text()]).toEqual([400, expect.stringContaining('not the form') as string]);
  expect((await ask(engine.url, {}, `/?query=${'x'.repeat(100_000)}`)).slice(0, 4)).toBe('431:');
});

test('before the storage is open it is said', async () => {
  const storage = embeddedClickhouse({ path: `${engine.folder}/other` });
  const { server, close } = clickhouseHttp(storage);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  expect(await ask(`http://127.0.0.1:${port}`)).toMatch(/^503: Code: 236.*the database is not open/);
  await close();
  await close();
});
