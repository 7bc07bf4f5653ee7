import {
  createPipeline,
  deadband,
  LouverError,
  memoryStorage,
  memoryTransport,
  type DeadLetterRow,
  type Pipeline,
} from '@louver/core';
import { esp32Codec } from '@louver/device-esp32';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { asker, recordingContext, storageAwayHealth, T0 } from './support.js';

const NASTY = `'); DROP TABLE dead_letters; --\\"\n\u001b[31m Ω 🪟`;
const base64 = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64');

function letterRow(n: number, change: Partial<DeadLetterRow> = {}): DeadLetterRow {
  return {
    received_at: T0 + n,
    topic: 'sensor/a/temperature',
    device_id: 'a',
    code: 'too-large',
    detail: 'E_DECODE: payload of 70 bytes, expected at most 64',
    payload: base64('{"value": 21}'),
    message_id: `letter-${n}`,
    ...change,
  };
}

async function served(letters: readonly DeadLetterRow[], options: Parameters<typeof asker>[0] = {}) {
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
  onTestFinished(() => pipeline.close());
  await storage.write('dead_letters', letters);
  const ask = asker({ reader: storage.reader, replay: pipeline.replay.bind(pipeline), ...options });
  const replay = (body: unknown, init: RequestInit = {}) =>
    ask('/api/dead-letters/replay', {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
      headers: { 'content-type': 'application/json', ...init.headers },
    });
  const ids = async (query = ''): Promise<string[]> => {
    const { body } = await ask(`/api/dead-letters?${query}`);
    return (body['dead_letters'] as { message_id: string }[]).map(({ message_id: id }) => id);
  };
  return { ask, replay, ids, storage };
}

describe('listing', () => {
  test('the newest, oldest first, by code, device and time', async () => {
    const rows = [0, 1, 2].map((n) => letterRow(n));
    const { ask, ids } = await served([...rows, letterRow(3, { device_id: 'b', code: 'not-json' })]);
    expect((await ask('/api/dead-letters?limit=1')).body).toEqual({
      dead_letters: [
        {
          message_id: 'letter-3',
          received_at: '2026-01-31T12:00:00.003Z',
          device_id: 'b',
          topic: 'sensor/a/temperature',
          code: 'not-json',
          detail: 'E_DECODE: payload of 70 bytes, expected at most 64',
          payload: '{"value": 21}',
          payload_encoding: 'utf-8',
          payload_truncated: false,
        },
      ],
    });
    expect(await ids()).toEqual(['letter-0', 'letter-1', 'letter-2', 'letter-3']);
    expect(await ids('code=not-json')).toEqual(['letter-3']);
    expect(await ids('device=a&limit=2')).toEqual(['letter-1', 'letter-2']);
    expect(await ids('from=2026-01-31T12:00:00.001Z&to=2026-01-31T12:00:00.002Z')).toEqual(['letter-1', 'letter-2']);
    expect(await ids('code=%27%20OR%201=1')).toEqual([]);
  });

  test('a hundred by default', async () => {
    const { ids } = await served(Array.from({ length: 120 }, (_, n) => letterRow(n)));
    expect(await ids()).toHaveLength(100);
    expect(await ids('limit=1000')).toHaveLength(120);
  });

  test.each([
    ['text', 'Ω 🪟\n', 'Ω 🪟\n', 'utf-8'],
    ['an escape sequence', '\u001b[31m', base64('\u001b[31m'), 'base64'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe]), base64(Buffer.from([0xff, 0xfe])), 'base64'],
    ['nothing', '', '', 'utf-8'],
  ])('a payload of %s', async (_name, payload, shown, encoding) => {
    const { ask } = await served([letterRow(0, { payload: base64(payload) })]);
    for (const path of ['/api/dead-letters/letter-0', '/api/dead-letters']) {
      const { body } = await ask(path);
      const [letter = body] = (body['dead_letters'] ?? []) as object[];
      expect(letter).toMatchObject({ payload: shown, payload_encoding: encoding, payload_truncated: false });
    }
  });

  test('a long payload is cut and says so, between characters; alone it is whole', async () => {
    const text = `x${'Ω'.repeat(5000)}`;
    const { ask } = await served([letterRow(0, { payload: base64(text) })]);
    const [letter] = (await ask('/api/dead-letters')).body['dead_letters'] as Record<string, unknown>[];
    expect(letter).toMatchObject({
      payload: `x${'Ω'.repeat(511)}`,
      payload_encoding: 'utf-8',
      payload_truncated: true,
    });
    expect((await ask('/api/dead-letters/letter-0')).body).toMatchObject({ payload: text, payload_truncated: false });
  });

  test('every text is a value, in lists, in paths and in bodies', async () => {
    const { ask, ids, replay } = await served([
      letterRow(0, { message_id: NASTY, topic: NASTY, device_id: NASTY, code: NASTY, detail: NASTY }),
      letterRow(1),
    ]);
    const spelled = encodeURIComponent(NASTY);
    expect(await ids(`device=${spelled}&code=${spelled}`)).toEqual([NASTY]);
    expect((await ask(`/api/dead-letters/${spelled}`)).body).toMatchObject({ message_id: NASTY, topic: NASTY });
    expect((await replay({ ids: [NASTY] })).body).toMatchObject({ taken_in: 0, refused: [{ message_id: NASTY }] });
    expect(await ids()).toHaveLength(2);
  });

  test('problems', async () => {
    const { ask } = await served([]);
    for (const query of [
      'limit=0',
      'limit=1001',
      'from=yesterday',
      'since=1h',
      'from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z',
    ]) {
      expect(await ask(`/api/dead-letters?${query}`)).toMatchObject({
        status: 400,
        body: { type: 'urn:louver:problem:bad-parameters' },
      });
    }
    expect(await ask('/api/dead-letters/nobody')).toMatchObject({
      status: 404,
      body: { type: 'urn:louver:problem:unknown-dead-letter' },
    });
    expect((await ask('/api/dead-letters', { method: 'POST' })).headers.get('allow')).toBe('GET, HEAD');
  });
});

describe('taking in again', () => {
  test('by id: what can be decoded is stored once, the rest is told with its reason', async () => {
    const { replay, ids, storage } = await served([
      letterRow(0),
      letterRow(1, { payload: base64('warm') }),
      letterRow(2),
    ]);
    const selection = { ids: ['letter-0', 'letter-1', 'nobody', 'letter-0'] };
    expect((await replay({ ...selection, dry_run: true })).body).toMatchObject({ dry_run: true, taken_in: 1 });
    expect(storage.rows('sensor_temperature')).toEqual([]);
    expect((await replay(selection)).body).toEqual({
      dry_run: false,
      taken_in: 1,
      refused: [
        {
          message_id: 'letter-1',
          received_at: '2026-01-31T12:00:00.001Z',
          device_id: 'a',
          topic: 'sensor/a/temperature',
          code: 'not-json',
          detail: expect.any(String) as string,
        },
      ],
      unknown: ['nobody'],
      remaining: 0,
      next_to: null,
    });
    // At once: whoever lists next finds it gone.
    expect(await ids()).toEqual(['letter-1', 'letter-2']);
    expect((await replay({ ids: ['letter-0'] })).body).toMatchObject({ taken_in: 0, unknown: ['letter-0'] });
    expect(storage.rows('sensor_temperature')).toMatchObject([{ value: 21, timestamp: T0, message_id: 'letter-0' }]);
  });

  test('by filter, also many at once and side by side: each once', async () => {
    const rows = Array.from({ length: 2500 }, (_, n) => letterRow(Math.floor(n / 3), { message_id: `letter-${n}` }));
    const { replay, ids, storage } = await served([...rows, letterRow(1, { message_id: 'other', code: 'not-json' })]);
    let selection: object = { code: 'too-large' };
    let takenIn = 0;
    for (let requests = 0; requests < 10; requests++) {
      const [{ body }] = await Promise.all([replay(selection), replay(selection)]);
      expect(body['taken_in']).toBeLessThanOrEqual(1000);
      takenIn += body['taken_in'] as number;
      expect(body['remaining']).toBe(2500 - takenIn);
      if (body['next_to'] === null) break;
      selection = { ...selection, to: body['next_to'] };
    }
    expect(takenIn).toBe(2500);
    expect(await ids()).toEqual(['other']);
    expect(storage.rows('sensor_temperature')).toHaveLength(2500);
    expect(storage.rows('dead_letters')).toHaveLength(2501 + 2500);
  });

  test('more than a request takes from one millisecond', async () => {
    const rows = Array.from({ length: 1500 }, (_, n) => letterRow(0, { message_id: `letter-${n}` }));
    const { replay } = await served([...rows, letterRow(-1)]);
    const { body } = await replay({ all: true });
    expect(body).toMatchObject({ taken_in: 1500, remaining: 1, next_to: new Date(T0 - 1).toISOString() });
    expect((await replay({ to: body['next_to'] })).body).toMatchObject({ taken_in: 1, remaining: 0, next_to: null });
  });

  test('long ones come one at a time, and whole', async () => {
    const payload = base64(JSON.stringify({ value: 21, note: 'x'.repeat(60_000) }));
    const { replay, storage } = await served([0, 1, 2].map((n) => letterRow(n, { payload })));
    expect((await replay({ device: 'a' })).body).toMatchObject({ taken_in: 3, refused: [] });
    expect(storage.rows('sensor_temperature')).toHaveLength(3);
  });

  test("somebody else's letter without an id is refused with words", async () => {
    const { replay } = await served([letterRow(0, { message_id: '' }), letterRow(1)]);
    expect((await replay({ all: true })).body).toMatchObject({
      taken_in: 1,
      refused: [{ message_id: '', detail: expect.stringContaining('no message_id') as string }],
    });
  });

  test.each([
    ['{}', /"all": true/],
    ['[]', /no JSON object/],
    ['{"ids": []}', /1 to 1000/],
    ['{"ids": [""]}', /1 to 1024/],
    ['{"ids": ["a"], "code": "x"}', /beside code/],
    ['{"all": true, "code": "x"}', /beside a filter/],
    ['{"all": "yes"}', /true or false/],
    ['{"from": "yesterday"}', /RFC 3339/],
    ['{"kode": "x"}', /unknown here/],
    ['{"code": 5}', /a string/],
    ['{"all": false}', /are missing/],
    ['not json', /no JSON object/],
  ])('%s is refused', async (body, words) => {
    const { replay } = await served([letterRow(0)]);
    const answer = await replay(body);
    expect(answer).toMatchObject({ status: 400, body: { type: 'urn:louver:problem:bad-parameters' } });
    expect(answer.body['detail']).toMatch(words);
  });

  test('what a page of another site could send is not read', async () => {
    const { replay, ids } = await served([letterRow(0)]);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
      expect((await replay({ all: true }, { headers: { 'content-type': type } })).status).toBe(415);
    }
    expect(await ids()).toEqual(['letter-0']);
  });

  test('a body has a bound, other routes have none', async () => {
    const { ask, replay } = await served([]);
    expect((await replay(`{"ids": ["${'x'.repeat(300_000)}"]}`)).status).toBe(413);
    const post = { method: 'POST', body: '{}', headers: { 'content-length': '2' } };
    expect((await ask('/api/devices', post)).status).toBe(400);
    expect((await ask('/api/dead-letters/replay', { method: 'DELETE' })).headers.get('allow')).toBe('POST');
  });

  test('a viewer looks and changes nothing', async () => {
    const { ask, replay } = await served([letterRow(0)], {
      tokens: [
        { name: 'screen', token: 'viewer-token-1234', role: 'viewer' },
        { name: 'me', token: 'operator-token-12', role: 'operator' },
      ],
    });
    const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    expect((await replay({ all: true })).status).toBe(401);
    expect((await ask('/api/dead-letters', as('viewer-token-1234'))).status).toBe(200);
    expect(await replay({ all: true }, as('viewer-token-1234'))).toMatchObject({
      status: 403,
      body: { type: 'urn:louver:problem:forbidden' },
    });
    expect((await replay({ all: true }, as('operator-token-12'))).body).toMatchObject({ taken_in: 1 });
  });

  test('storage away, journal full, a role that takes nothing in', async () => {
    const failing =
      (error: LouverError): Pipeline['replay'] =>
      () =>
        Promise.reject(error);
    const away = await served([letterRow(0)], { health: () => storageAwayHealth('connection refused') });
    expect(await away.replay({ all: true })).toMatchObject({
      status: 503,
      body: { type: 'urn:louver:problem:storage-unavailable' },
    });
    const lost = await served([letterRow(0)], { replay: failing(new LouverError('E_STORAGE_UNAVAILABLE', 'gone')) });
    expect((await lost.replay({ all: true })).status).toBe(503);
    const full = await served([letterRow(0)], { replay: failing(new LouverError('E_JOURNAL_FULL', 'no room')) });
    const answer = await full.replay({ all: true });
    expect(answer).toMatchObject({ status: 503, body: { type: 'urn:louver:problem:journal-unavailable' } });
    expect(answer.body['detail']).toContain('no room');
    const none = await served([letterRow(0)], { replay: undefined });
    expect(await none.replay({ all: true })).toMatchObject({
      status: 501,
      body: { type: 'urn:louver:problem:not-in-this-role' },
    });
  });

  test('an end in the middle says how far it came', async () => {
    let calls = 0;
    const rows = Array.from({ length: 250 }, (_, n) => letterRow(n));
    const { replay } = await served(rows, {
      replay: (letters) =>
        ++calls > 2
          ? Promise.reject(new LouverError('E_JOURNAL_FULL', 'no room'))
          : Promise.resolve(letters.map(({ message_id: messageId }) => ({ messageId, takenIn: true as const }))),
    });
    expect((await replay({ all: true })).body['detail']).toContain('200 letters were taken in before');
  });

  test('no body makes it fail: 200 or 400, in JSON', async () => {
    const { context, lines } = recordingContext();
    const { replay } = await served([letterRow(0, { payload: base64('warm') })], { context });
    const member = fc.constantFrom('ids', 'code', 'device', 'from', 'to', 'all', 'dry_run', '__proto__');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(member, fc.jsonValue()), async (body) => {
        const { status } = await replay(body);
        expect([200, 400]).toContain(status);
      }),
      { numRuns: 300 },
    );
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
