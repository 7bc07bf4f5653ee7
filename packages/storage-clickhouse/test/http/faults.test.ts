import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { defaultContext, LouverError, type StorageAdapter } from '@louver/core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { clickhouseStorage } from '../../src/index.js';
import { chdbFront, type ChdbFront } from '../support/chdb-front.js';
import { localhostCertificate } from '../support/certificate.js';
import { scalarRow, stateRow, T0 } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = tempFolder();
let front: ChdbFront;
beforeAll(async () => {
  front = await chdbFront(folder);
});
afterEach(() => {
  front.intercept = undefined;
});
afterAll(() => front.close());

const isInsert = (sql: string): boolean => sql.startsWith('INSERT INTO iot.sensor_temperature');

async function failure(call: Promise<unknown>): Promise<LouverError> {
  const caught = await call.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
  expect(LouverError.is(caught), String(caught)).toBe(true);
  return caught as LouverError;
}

/** A server that answers everything in one way. */
async function answering(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

function exception(code: number, name: string): RequestListener {
  return (_request, response) => {
    response.writeHead(500, { 'X-ClickHouse-Exception-Code': String(code) });
    response.end(`Code: ${code}. DB::Exception: words of the server. (${name}) (version 26.7.2.1)\n`);
  };
}

describe('options', () => {
  test.each([
    ['localhost:9000', 'use the HTTP URL'],
    ['tcp://localhost:9000', 'use the HTTP URL'],
    ['clickhouse://u:secret@localhost:9000/iot', 'use the HTTP URL'],
    ['', 'expected the HTTP URL of ClickHouse, e.g. http://localhost:8123'],
    ['//nonsense', 'expected the HTTP URL'],
  ])('url %j is refused with what to do', (url, words) => {
    expect(() => clickhouseStorage({ url })).toThrow(words);
    expect(() => clickhouseStorage({ url })).toThrow(/^E_CONFIG/);
    expect(() => clickhouseStorage({ url })).not.toThrow(/secret/);
  });

  test('all problems come at once', () => {
    const options = { url: 'x', database: 'a-b', requestTimeoutMs: 0, maxConnections: 1.5 };
    expect(() => clickhouseStorage(options)).toThrow(
      /url is "x".*database is "a-b".*requestTimeoutMs is 0.*maxConnections is 1.5/,
    );
  });
});

describe('open', () => {
  const opening = async (listener: RequestListener, options = {}): Promise<LouverError> => {
    const { url, server } = await answering(listener);
    const storage = clickhouseStorage({ url, ...options });
    const error = await failure(storage.open(defaultContext()));
    expect(storage.health!()).toEqual({ ok: false, reason: error.message });
    await storage.close();
    server.closeAllConnections();
    server.close();
    return error;
  };

  test('nobody listens: retryable, names the url without its password', async () => {
    const { url, server } = await answering(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    const storage = clickhouseStorage({ url: url.replace('//', '//user:secret@') });
    const error = await failure(storage.open(defaultContext()));
    expect(error).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    expect(error.message).toContain(url);
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.message).not.toContain('secret');
  });

  test.each([
    [516, 'AUTHENTICATION_FAILED', 'check user name and password'],
    [497, 'ACCESS_DENIED', 'the user lacks a right'],
    [81, 'UNKNOWN_DATABASE', 'does not exist and could not be created'],
    [62, 'SYNTAX_ERROR', 'version 23.9 or later'],
  ])('code %i %s is for an operator', async (code, name, words) => {
    const error = await opening(exception(code, name));
    expect(error).toMatchObject({ code: 'E_CONFIG', retryable: false });
    expect(error.message).toContain(words);
    expect(error.message).toContain(`(ClickHouse code ${code})`);
  });

  test.each([159, 202, 209, 210, 241, 242, 252, 319, 999])('code %i passes by itself', async (code) => {
    expect(await opening(exception(code, 'SOME_TROUBLE'))).toMatchObject({
      code: 'E_STORAGE_UNAVAILABLE',
      retryable: true,
    });
  });

  test.each([
    [243, 'Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)'],
    [
      75,
      'Cannot write to file /var/lib/clickhouse/x: , errno: 28, strerror: No space left on device. (CANNOT_WRITE_TO_FILE_DESCRIPTOR)',
    ],
    [
      1001,
      'std::exception. std::__1::filesystem::filesystem_error: in create_directory: No space left on device. (STD_EXCEPTION)',
    ],
  ])('a full disk passes by itself and is named, code %i', async (code, words) => {
    const error = await opening((_request, response) => {
      response.writeHead(500, { 'X-ClickHouse-Exception-Code': String(code) });
      response.end(`Code: ${code}. DB::Exception: ${words} (version 26.7.2.1)\n`);
    });
    expect(error).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    expect(error.message).toMatch(/^E_STORAGE_UNAVAILABLE: ClickHouse's disk is full, opening failed at [^\n]*$/);
  });

  test('the port of the native protocol is recognised', async () => {
    const error = await opening((_request, response) => {
      response.writeHead(400).end('Port 9000 is for clickhouse-client program\nYou must use port 8123 for HTTP.\n');
    });
    expect(error).toMatchObject({ code: 'E_CONFIG' });
    expect(error.message).toContain('use the HTTP URL');
  });

  test('a proxy that answers 502 and a server that hangs are waited for', async () => {
    const proxy = await opening((_request, response) => response.writeHead(502).end('Bad Gateway'));
    expect(proxy).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    const hanging = await opening(() => undefined, { requestTimeoutMs: 150 });
    expect(hanging).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    expect(hanging.message).toContain('no answer within 150 ms');
  });

  const page = '<!DOCTYPE html><html><head><title>Welcome to nginx!</title></head><body>…</body></html>';

  test('what answers well and is no ClickHouse is for an operator', async () => {
    const error = await opening((_request, response) => response.end(page));
    expect(error).toMatchObject({ code: 'E_CONFIG', retryable: false });
    expect(error.message).toMatch(/no ClickHouse, use the URL of its HTTP interface.*a web page 'Welcome to nginx!'/);
    expect((await opening((_request, response) => response.end('{"hello":1}'))).message).toContain(`'{"hello":1}'`);
    expect((await opening((_request, response) => response.end())).message).toContain('an empty one');
  });

  test("a proxy's page is waited out and told by its title", async () => {
    const unavailable = page.replace('Welcome to nginx!', '503 Service Temporarily Unavailable');
    const error = await opening((_request, response) => response.writeHead(503).end(unavailable));
    expect(error).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    expect(error.message).toContain("an error from a web page '503 Service Temporarily Unavailable'");
    expect(error.message).not.toContain('<');
  });

  test('a certificate that is not trusted is for an operator, a port without TLS is waited for', async () => {
    const { cert, key } = localhostCertificate();
    const server = createTlsServer({ cert, key });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const tlsUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const untrusted = await failure(clickhouseStorage({ url: tlsUrl }).open(defaultContext()));
    server.close();
    expect(untrusted).toMatchObject({ code: 'E_CONFIG', retryable: false });
    expect(untrusted.message).toContain('signed by itself; trust its authority with NODE_EXTRA_CA_CERTS');
    const plainUrl = front.url.replace('http:', 'https:');
    const plain = await failure(clickhouseStorage({ url: plainUrl }).open(defaultContext()));
    expect(plain).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE' });
    expect(plain.message).toContain('TLS is not spoken there');
  });

  test('a wrong password, and then the right one', async () => {
    front.users.set('louver', 'secret');
    const wrong = clickhouseStorage({ url: front.url, username: 'louver', password: 'guess' });
    const error = await failure(wrong.open(defaultContext()));
    expect(error).toMatchObject({ code: 'E_CONFIG' });
    expect(error.message).toMatch(/ClickHouse refuses the user.*Authentication failed.*\(ClickHouse code 516\)/);
    expect(error.message).not.toContain('guess');
    const right = clickhouseStorage({ url: front.url.replace('//', '//louver:secret@') });
    await right.open(defaultContext());
    // Changed while it runs: the rows are good, so they are kept and tried again.
    front.users.set('louver', 'other');
    const refused = await failure(right.write('sensor_temperature', [scalarRow()]));
    expect(refused).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    expect(refused.message).toContain('ClickHouse refuses the user, writing sensor_temperature failed at');
    front.users.set('louver', 'secret');
    await right.write('sensor_temperature', [scalarRow()]);
    expect(right.health!()).toEqual({ ok: true });
    await right.close();
  });

  test('after it failed it may be called again', async () => {
    const storage = clickhouseStorage({ url: front.url });
    front.intercept = (_request, response) => {
      response.writeHead(503).end('starting');
      return true;
    };
    expect(await failure(storage.open(defaultContext()))).toMatchObject({ retryable: true });
    front.intercept = undefined;
    await storage.open(defaultContext());
    expect(storage.health!()).toEqual({ ok: true });
    await storage.close();
    await storage.close();
    expect(await failure(storage.write('sensor_temperature', [scalarRow()]))).toMatchObject({ code: 'E_NOT_OPEN' });
    expect(await failure(storage.reader!.devices())).toMatchObject({ code: 'E_NOT_OPEN' });
  });
});

describe('use', () => {
  let storage: StorageAdapter;
  beforeAll(async () => {
    storage = clickhouseStorage({ url: front.url });
    await storage.open(defaultContext());
  });
  afterAll(() => storage.close());

  const written = async (device: string): Promise<number> =>
    (await storage.reader!.readings('temperature', { deviceId: device, limit: 100 })).length;

  test('an insert that got no answer is in doubt; health says so until a call succeeds', async () => {
    front.intercept = (_request, response, sql) => {
      if (isInsert(sql)) response.socket?.destroy();
      return isInsert(sql);
    };
    const row = scalarRow({ device_id: 'cut' });
    const error = await failure(storage.write('sensor_temperature', [row]));
    expect(error).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    expect(storage.health!()).toEqual({ ok: false, reason: error.message });
    front.intercept = undefined;
    const key = { deviceId: 'cut', fromMs: T0, toMs: T0, id: row.message_id };
    expect(await storage.present!('sensor_temperature', [key])).toEqual([false]);
    expect(storage.health!()).toEqual({ ok: true });
    await storage.write('sensor_temperature', [row]);
    expect(await storage.present!('sensor_temperature', [key])).toEqual([true]);
  });

  test('absence is over when the server answers again, whoever asks', async () => {
    front.intercept = (_request, response) => {
      response.socket?.destroy();
      return true;
    };
    await failure(storage.reader!.devices());
    expect(storage.health!()).toMatchObject({ ok: false });
    front.intercept = undefined;
    await expect.poll(() => storage.health!(), { timeout: 10_000 }).toEqual({ ok: true });
  });

  test('a web page in place of an answer is not taken for success', async () => {
    front.intercept = (_request, response, sql) => {
      if (isInsert(sql)) response.end('<html><h1>Back soon</h1></html>');
      return isInsert(sql);
    };
    const error = await failure(storage.write('sensor_temperature', [scalarRow({ device_id: 'paged' })]));
    expect(error).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    expect(error.message).toContain("not ClickHouse's answer but a web page 'Back soon'");
    front.intercept = undefined;
    expect(await written('paged')).toBe(0);
  });

  test('an answer that breaks off after a good status line is not taken for success', async () => {
    front.intercept = (_request, response, sql) => {
      if (!isInsert(sql)) return false;
      response.writeHead(200, { 'content-length': '100' });
      response.write(' ');
      setImmediate(() => response.socket?.destroy());
      return true;
    };
    const error = await failure(storage.write('sensor_temperature', [scalarRow({ device_id: 'broken-off' })]));
    expect(error).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
  });

  test('a hanging server: the write ends after requestTimeoutMs, and earlier when it is given up', async () => {
    const impatient = clickhouseStorage({ url: front.url, requestTimeoutMs: 300 });
    await impatient.open(defaultContext());
    front.intercept = (_request, _response, sql) => isInsert(sql);
    const timedOut = await failure(impatient.write('sensor_temperature', [scalarRow()]));
    await impatient.close();
    expect(timedOut.message).toContain('no answer within 300 ms');
    expect(timedOut).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    const controller = new AbortController();
    const writing = failure(storage.write('sensor_temperature', [scalarRow()], { signal: controller.signal }));
    setImmediate(() => controller.abort());
    expect(await writing).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
  });

  test('rows that the server refuses are refused, and none was applied', async () => {
    await front.sql('ALTER TABLE iot.sensor_temperature ADD CONSTRAINT warm CHECK value > -50');
    const rows = [scalarRow({ device_id: 'cold', value: 1 }), scalarRow({ device_id: 'cold', value: -80 })];
    const error = await failure(storage.write('sensor_temperature', rows));
    expect(error).toMatchObject({ code: 'E_STORAGE_REJECTED', retryable: false });
    expect(error.message).toContain('ClickHouse refuses rows of sensor_temperature');
    expect(await written('cold')).toBe(0);
    // With a month that was applied before it, the batch is in doubt instead.
    const older = scalarRow({ device_id: 'cold', timestamp: T0 - 40 * 86_400_000 });
    expect(await failure(storage.write('sensor_temperature', [older, ...rows]))).toMatchObject({
      code: 'E_STORAGE_UNAVAILABLE',
      retryable: true,
    });
    expect(await written('cold')).toBe(1);
    await front.sql('ALTER TABLE iot.sensor_temperature DROP CONSTRAINT warm');
  });

  test('good rows are never refused for what an operator did: a lost right, a table that is gone', async () => {
    front.intercept = (request, response, sql) => {
      if (isInsert(sql)) exception(497, 'ACCESS_DENIED')(request, response as never);
      return isInsert(sql);
    };
    const denied = await failure(storage.write('sensor_temperature', [scalarRow()]));
    expect(denied).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    front.intercept = undefined;
    await front.sql('RENAME TABLE iot.window_states TO iot.elsewhere');
    const gone = await failure(storage.write('window_states', [stateRow()]));
    expect(gone).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    await front.sql('RENAME TABLE iot.elsewhere TO iot.window_states');
  });

  test('a reader that meets an error says what it was doing', async () => {
    await storage.write('sensor_temperature', [scalarRow()]);
    front.intercept = (_request, response) => {
      response.writeHead(500).end('no more memory');
      return true;
    };
    const error = await failure(storage.reader!.latest());
    expect(error).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    expect(error.message).toContain(`reading failed at ${front.url}: no more memory`);
    // It answers: nothing is wrong with storing.
    expect(storage.health!()).toEqual({ ok: true });
  });

  test('rows travel in the body and ids as parameters, never in the SQL text', async () => {
    front.seen.length = 0;
    const row = scalarRow({ device_id: 'needle-device', message_id: 'needle-message' });
    await storage.write('sensor_temperature', [row]);
    await storage.present!('sensor_temperature', [
      { deviceId: row.device_id, fromMs: T0, toMs: T0, id: row.message_id },
      ...Array.from({ length: 400 }, (_, i) => ({ deviceId: row.device_id, fromMs: T0, toMs: T0, id: `needle-${i}` })),
    ]);
    await storage.reader!.readings('temperature', { deviceId: row.device_id, limit: 1 });
    expect(front.seen.length).toBeGreaterThanOrEqual(3);
    expect(front.seen.join('\n')).not.toContain('needle');
  });

  test('close waits for calls in flight', async () => {
    const closing = clickhouseStorage({ url: front.url });
    await closing.open(defaultContext());
    const writing = closing.write('sensor_temperature', [scalarRow({ device_id: 'in-flight' })]);
    await closing.close();
    await expect(writing).resolves.toMatchObject({ level: 'storage' });
    expect(await written('in-flight')).toBe(1);
  });
});
