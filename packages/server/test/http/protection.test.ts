import { describe, expect, test } from 'vitest';
import { LouverError, type StorageReader } from '@louver/core';
import { asker, filledStorage, recordingContext, storageAwayHealth, WELL } from './support.js';

const TOKEN = 'k3-AbCdEf0123456789';

function failing(error: unknown): StorageReader {
  const fail = (): Promise<never> => Promise.reject(error);
  // eslint-disable-next-line require-yield
  const failStream = async function* (): AsyncGenerator<never> {
    throw error;
  };
  return {
    devices: fail,
    latest: fail,
    readings: fail,
    recordings: fail,
    actions: fail,
    predictions: fail,
    newestMs: fail,
    lastRecordings: fail,
    lastActions: fail,
    deadLetters: fail,
    history: failStream,
    features: failStream,
    rows: failStream,
  };
}

describe('health', () => {
  test('/healthz is 200 whatever the pipeline says', async () => {
    const get = asker({ health: () => storageAwayHealth('refused') });
    expect(await get('/healthz')).toMatchObject({ status: 200, body: { status: 'alive' } });
  });

  test('/readyz says what is wrong', async () => {
    expect(await asker()('/readyz')).toMatchObject({ status: 200, body: WELL });
    const away = storageAwayHealth('connection refused');
    expect(await asker({ health: () => away })('/readyz')).toMatchObject({ status: 503, body: away });
    const starting = { ...WELL, state: 'starting' } as const;
    expect((await asker({ health: () => starting })('/readyz')).status).toBe(503);
  });
});

describe('tokens', () => {
  test('with a token every API route needs it, the health routes do not', async () => {
    const { reader } = await filledStorage();
    const get = asker({
      reader,
      tokens: [
        { name: 'other', token: 'x' },
        { name: 'grafana', token: TOKEN },
      ],
    });
    for (const path of ['/api/devices', '/api/devices/room-1/commands', '/api/nothing', '/api']) {
      const { status, headers, body } = await get(path);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toBe('Bearer realm="louver"');
      expect(body.type).toBe('urn:louver:problem:unauthorized');
    }
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    for (const authorization of [`Bearer ${TOKEN}`, `bearer  ${TOKEN}`, 'Bearer x']) {
      expect((await get('/api/devices', { headers: { authorization } })).status).toBe(200);
    }
  });

  test.each([`Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, TOKEN, 'Bearer', `Bearer ${TOKEN} y`])(
    '%j is refused',
    async (authorization) => {
      const get = asker({ tokens: [{ name: 'grafana', token: TOKEN }] });
      const { status, headers } = await get('/api/devices', { headers: { authorization } });
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toBe('Bearer realm="louver", error="invalid_token"');
    },
  );

  test('neither the token nor the query is logged, the name of the token is', async () => {
    const { context, lines } = recordingContext();
    const get = asker({ context, tokens: [{ name: 'grafana', token: TOKEN }] });
    await get(`/api/devices?access_token=${TOKEN}`, { headers: { authorization: `Bearer ${TOKEN}` } });
    await get('/api/devices', { headers: { authorization: `Bearer ${TOKEN}y` } });
    expect(JSON.stringify(lines)).not.toContain(TOKEN);
    expect(lines.map(({ fields }) => fields['by'])).toEqual(['grafana', undefined]);
  });

  test('a token that no header could carry is refused at the start', () => {
    for (const token of ['', 'two words', 'ümlaut']) {
      expect(() => asker({ tokens: [{ name: 'grafana', token }] })).toThrow(/E_CONFIG: API token "grafana"/);
    }
  });
});

describe('names', () => {
  test('without tokens only names of this machine are answered', async () => {
    const get = asker();
    for (const host of ['localhost', 'LOCALHOST:8080', '127.0.0.1:8080', '[::1]:8080', '[::1]']) {
      expect((await get('/readyz', { headers: { host } })).status).toBe(200);
    }
    for (const host of ['rebound.example', 'localhost.evil.example:8080', '127.0.0.1.nip.io', '192.168.1.5', '::1']) {
      const { status, body } = await get('/readyz', { headers: { host } });
      expect(status).toBe(403);
      expect(body.type).toBe('urn:louver:problem:foreign-host');
    }
  });

  test('with tokens any name is', async () => {
    const get = asker({ tokens: [{ name: 'a', token: TOKEN }] });
    const headers = { host: 'louver.example', authorization: `Bearer ${TOKEN}` };
    expect((await get('/readyz', { headers })).status).toBe(200);
  });
});

describe('requests', () => {
  test('answers carry the security headers, errors too', async () => {
    const get = asker();
    for (const path of ['/healthz', '/api/devices', '/nothing']) {
      const { headers } = await get(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    }
  });

  test('a sane request id is kept, any other replaced; the log has it', async () => {
    const { context, lines } = recordingContext();
    const get = asker({ context });
    expect((await get('/healthz', { headers: { 'x-request-id': 'abc-1:2.3_4' } })).headers.get('x-request-id')).toBe(
      'abc-1:2.3_4',
    );
    for (const id of ['', 'a b', '<script>', 'x'.repeat(65)]) {
      const { headers } = await get('/healthz', { headers: { 'x-request-id': id } });
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{16}$/);
    }
    expect(lines[0]).toMatchObject({
      level: 'debug',
      message: 'http request',
      fields: { requestId: 'abc-1:2.3_4', method: 'GET', path: '/healthz', status: 200 },
    });
  });

  test('unknown routes, other methods and long URLs are problems', async () => {
    const { reader } = await filledStorage();
    const get = asker({ reader });
    for (const path of [
      '/nothing',
      '/api/devices/',
      '/api/devices/room-1',
      '//api/devices',
      '/api/devices/room-1/data/',
    ]) {
      expect(await get(path)).toMatchObject({ status: 404, body: { type: 'urn:louver:problem:unknown-route' } });
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, headers } = await get('/api/devices', { method });
      expect(status).toBe(405);
      expect(headers.get('allow')).toBe('GET, HEAD');
    }
    expect((await get(`/api/devices?x=${'a'.repeat(3_000)}`)).status).toBe(414);
    expect((await get('/healthz', { headers: { 'content-length': '3' } })).status).toBe(400);
    expect((await get('/healthz', { method: 'HEAD' })).status).toBe(200);
  });
});

describe('storage', () => {
  test('away: 503 with Retry-After, told by the pipeline or by the read itself', async () => {
    const { reader } = await filledStorage();
    const known = asker({ reader, health: () => storageAwayHealth('connection refused') });
    const read = asker({ reader: failing(new LouverError('E_STORAGE_UNAVAILABLE', 'connection refused')) });
    for (const get of [known, read]) {
      const { status, headers, body } = await get('/api/devices/room-1/data?sensor=temperature');
      expect(status).toBe(503);
      expect(headers.get('retry-after')).toBe('5');
      expect(body).toMatchObject({ type: 'urn:louver:problem:storage-unavailable', status: 503 });
      expect(body.detail).toContain('connection refused');
    }
  });

  test('that cannot be read back: 501', async () => {
    expect((await asker()('/api/devices')).status).toBe(501);
  });

  test('a failure is 500 without its stack, which the log has', async () => {
    const { context, lines } = recordingContext();
    const get = asker({ context, reader: failing(new TypeError('secret detail of row 7')) });
    const { status, body } = await get('/api/devices', { headers: { 'x-request-id': 'r1' } });
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toMatch(/secret|TypeError|\.ts/);
    expect(body).toMatchObject({ type: 'urn:louver:problem:internal-error', request_id: 'r1' });
    const logged = lines.find(({ level }) => level === 'error');
    expect(logged?.fields).toMatchObject({
      requestId: 'r1',
      error: expect.stringContaining('secret detail') as string,
    });
  });

  test('works on a bounded number of requests', async () => {
    const { reader } = await filledStorage();
    const waiting: (() => void)[] = [];
    const slow: StorageReader = {
      ...reader,
      devices: () => new Promise((resolve) => waiting.push(() => resolve(reader.devices()))),
    };
    const get = asker({ reader: slow, maxConcurrentReads: 2 });
    const held = [get('/api/devices'), get('/api/devices')];
    const third = await get('/api/devices');
    expect(third).toMatchObject({ status: 503, body: { type: 'urn:louver:problem:overloaded' } });
    for (const release of waiting) release();
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
  });
});
