import { LouverError, memoryTransport, type StorageReader } from '@louver/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { storageAwayHealth, T0 } from './support.js';
import { json, toldDevices, type ToldDevices } from './told-devices.js';

const PATH = '/api/devices/room-1/commands';
const FASTER = { command: 'set_sampling_rate', parameters: { rate_seconds: 60 } };

let told: ToldDevices;
beforeEach(async () => {
  told = await toldDevices();
  await told.hear('sensor/room-1/temperature', { value: 20 });
});
afterEach(() => told.pipeline.close());

describe('POST /api/devices/{id}/commands', () => {
  test('tells the device, once, with an id and an end', async () => {
    const { status, body } = await told.ask(PATH, json('POST', FASTER));
    const expires = new Date(T0 + 300_000).toISOString();
    expect({ status, body }).toEqual({
      status: 202,
      body: {
        device_id: 'room-1',
        command_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        ...FASTER,
        expires_at: expires,
      },
    });
    expect(told.published.map(({ topic, qos, retain }) => ({ topic, qos, retain }))).toEqual([
      { topic: 'devices/room-1/commands', qos: 1, retain: false },
    ]);
    expect(told.at('devices/room-1/commands')).toEqual([
      { ...FASTER, command_id: body['command_id'], expires_at: expires },
    ]);
  });

  test.each(['record_now', 'restart', 'report', 'identify'])('%s has no parameters', async (command) => {
    expect(await told.ask(PATH, json('POST', { command }))).toMatchObject({ status: 202, body: { command } });
    expect(told.at('devices/room-1/commands')).toMatchObject([{ command, parameters: {} }]);
  });

  test.each([
    [
      'no command',
      {},
      'command',
      'is missing, expected set_sampling_rate, record_now, restart, report, identify, set_window',
    ],
    ['one that no device knows', { command: 'explode' }, 'command', 'is "explode"'],
    ['one of every object', { command: 'constructor' }, 'command', 'is "constructor"'],
    ['no text', { command: 5 }, 'command', 'is 5'],
    [
      'a parameter missing',
      { command: 'set_sampling_rate' },
      'parameters.rate_seconds',
      'is missing, expected a whole number from 1 to 86400 (s)',
    ],
    ['too often', { ...FASTER, parameters: { rate_seconds: 0 } }, 'parameters.rate_seconds', 'is 0'],
    ['too seldom', { ...FASTER, parameters: { rate_seconds: 86_401 } }, 'parameters.rate_seconds', 'is 86401'],
    ['half seconds', { ...FASTER, parameters: { rate_seconds: 1.5 } }, 'parameters.rate_seconds', 'is 1.5'],
    ['a text for a number', { ...FASTER, parameters: { rate_seconds: '60' } }, 'parameters.rate_seconds', 'is "60"'],
    ['a list', { ...FASTER, parameters: [60] }, 'parameters', 'is no object'],
    [
      'one parameter too many',
      { command: 'restart', parameters: { delay: 1 } },
      'parameters.delay',
      'is unknown here, expected no parameters',
    ],
    ['one member too many', { ...FASTER, params: {} }, 'params', 'is unknown here, expected command, parameters'],
  ])('refused, and nothing sent: %s', async (_what, body, parameter, detail) => {
    const answer = await told.ask(PATH, json('POST', body));
    expect(answer).toMatchObject({
      status: 400,
      body: {
        type: 'urn:louver:problem:bad-parameters',
        errors: [{ parameter, detail: expect.stringContaining(detail) as string }],
      },
    });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(told.published).toEqual([]);
  });

  test('refused: no JSON, another media type, a device that there is not, an id that cannot be', async () => {
    const body = { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } };
    expect(await told.ask(PATH, body)).toMatchObject({ status: 400 });
    expect(await told.ask(PATH, { method: 'POST', body: JSON.stringify(FASTER) })).toMatchObject({ status: 415 });
    expect(await told.ask('/api/devices/room-2/commands', json('POST', FASTER))).toMatchObject({
      status: 404,
      body: { type: 'urn:louver:problem:unknown-device' },
    });
    expect(await told.ask('/api/devices/room%2F1/commands', json('POST', FASTER))).toMatchObject({ status: 400 });
    expect(told.published).toEqual([]);
  });

  test('set_window moves the window as a person wants it', async () => {
    const order = { command: 'set_window', parameters: { position: 40.5 } };
    const { status, body } = await told.ask(PATH, json('POST', order));
    expect({ status, body }).toMatchObject({ status: 202, body: order });
    expect(told.at('window/room-1/control')).toMatchObject([
      {
        position: 40.5,
        confidence: 1,
        source: 'manual',
        command_id: body['command_id'],
        expires_at: body['expires_at'],
      },
    ]);
    for (const parameters of [{}, { position: 101 }, { position: '40' }, [40], { position: 40, speed: 1 }]) {
      expect((await told.ask(PATH, json('POST', { ...order, parameters }))).status).toBe(400);
    }
    expect(told.published).toHaveLength(1);
  });

  test('with tokens only for an operator or admin', async () => {
    const tokens = [
      { name: 'eye', token: 'eye-token-0123456789', role: 'viewer' },
      { name: 'hand', token: 'hand-token-0123456789', role: 'operator' },
    ] as const;
    const { ask, pipeline, hear } = await toldDevices({}, { tokens });
    await hear('sensor/room-1/temperature', { value: 20 });
    const as = (token?: string) =>
      json('POST', FASTER, token === undefined ? {} : { authorization: `Bearer ${token}` });
    expect((await ask(PATH, as())).status).toBe(401);
    expect((await ask(PATH, as(tokens[0].token))).status).toBe(403);
    expect((await ask(PATH, as(tokens[1].token))).status).toBe(202);
    await pipeline.close();
  });

  test('while the database is away devices are told all the same', async () => {
    const { ask, pipeline, hear } = await toldDevices({}, { health: () => storageAwayHealth('gone') });
    await hear('sensor/room-1/temperature', { value: 20 });
    expect((await ask(PATH, json('POST', FASTER))).status).toBe(202);
    expect((await ask(PATH)).status).toBe(503);
    await pipeline.close();
  });

  test('a database that was never there has not said which devices there are', async () => {
    const reader = {
      ...told.storage.reader,
      devices: () => Promise.reject(new LouverError('E_STORAGE_UNAVAILABLE', 'gone')),
    } as StorageReader;
    const { ask, pipeline } = await toldDevices({ storage: { ...told.storage, reader } });
    const { status, headers } = await ask(PATH, json('POST', FASTER));
    expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 503, retryAfter: '5' });
    await pipeline.close();
  });

  test('a broker that does not take it is told of within 5 s', async () => {
    const transport = memoryTransport();
    const { ask, pipeline, clock } = await toldDevices({ transport });
    await transport.inject('sensor/room-1/temperature', '{"value":20}');
    await pipeline.idle();
    let isPublishing = false;
    transport.publish = () => {
      isPublishing = true;
      return new Promise<never>(() => undefined);
    };
    const asking = ask(PATH, json('POST', FASTER));
    await vi.waitUntil(() => isPublishing);
    await clock.advance(5_000);
    expect(await asking).toMatchObject({ status: 503, body: { type: 'urn:louver:problem:broker-unavailable' } });
    await pipeline.close();
  });

  test('a process without devices says so', async () => {
    const { ask, pipeline } = await toldDevices({}, { devices: undefined });
    const refused = { status: 501, body: { type: 'urn:louver:problem:not-in-this-role' } };
    expect(await ask(PATH, json('POST', FASTER))).toMatchObject(refused);
    await pipeline.close();
  });

  test('the other methods are named', async () => {
    const { status, headers } = await told.ask(PATH, { method: 'PUT' });
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'GET, HEAD, POST' });
  });
});
