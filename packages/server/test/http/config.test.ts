import { LouverError, type StorageReader } from '@louver/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { storageAwayHealth, T0 } from './support.js';
import { json, toldDevices, type ToldDevices } from './told-devices.js';

const PATH = '/api/devices/room-1/config';
const NOW = new Date(T0).toISOString();

let told: ToldDevices;
beforeEach(async () => {
  told = await toldDevices();
  await told.hear('sensor/room-1/temperature', { value: 20 });
});
afterEach(() => told.pipeline.close());

describe('/api/devices/{id}/config', () => {
  test('what is wanted is published retained with a version of its own, and what the device says of it is shown', async () => {
    expect(await told.ask(PATH)).toMatchObject({
      status: 200,
      body: { device_id: 'room-1', state: 'unset', desired: null, reported: null, in_force: null },
    });
    const wanted = { interval_s: 30, slew_percent_per_s: 2.5 };
    const put = await told.ask(PATH, json('PUT', wanted));
    expect(put).toMatchObject({
      status: 200,
      body: { state: 'pending', desired: { version: 1, ...wanted }, desired_at: NOW, reported: null },
    });
    expect(told.published).toMatchObject([{ topic: 'sensor/room-1/config', qos: 1, retain: true }]);
    expect(told.at('sensor/room-1/config')).toEqual([{ version: 1, ...wanted }]);

    await told.hear('sensor/room-1/config/reported', { version: 1, applied: true, ...wanted, audio_interval_s: 0 });
    expect((await told.ask(PATH)).body).toEqual({
      device_id: 'room-1',
      state: 'in-force',
      desired: { version: 1, ...wanted },
      desired_at: NOW,
      reported: { version: 1, applied: true, ...wanted, audio_interval_s: 0, unknown: [] },
      reported_at: NOW,
      in_force: { version: 1, ...wanted, audio_interval_s: 0 },
    });
    await told.ask(PATH, json('PUT', { interval_s: 60 }));
    expect(told.at('sensor/room-1/config').at(-1)).toEqual({ version: 2, interval_s: 60 });

    await told.clock.advance(1);
    await told.hear('sensor/room-1/config/reported', {
      version: 2,
      applied: false,
      reason: 'interval_s out of range 90..86400',
      in_force: 1,
    });
    expect((await told.ask(PATH)).body).toMatchObject({
      state: 'refused',
      reported: { version: 2, applied: false, reason: 'interval_s out of range 90..86400' },
      in_force: { version: 1, ...wanted, audio_interval_s: 0 },
    });
    await told.pipeline.drain();
    await told.clock.advance(1_000);
    expect(told.storage.rows('device_events').map(({ event }) => event)).toEqual([
      'registered',
      ...Array.from({ length: 4 }, () => 'configured'),
    ]);
    expect(told.storage.rows('dead_letters')).toEqual([]);
  });

  test.each([
    ['nothing', {}, ['body']],
    ['a version of their own', { version: 7, interval_s: 30 }, ['version']],
    ['a name that is none', { intervall_s: 30 }, ['intervall_s']],
    ['too often', { interval_s: 0 }, ['interval_s']],
    ['a text', { interval_s: '30' }, ['interval_s']],
    ['null', { interval_s: null }, ['interval_s']],
    ['a part of a second', { interval_s: 1.5 }, ['interval_s']],
    ['two mistakes', { interval_s: 0, recording_s: 41 }, ['interval_s', 'recording_s']],
    ['a switch that would be on and off at once', { switch_on_above: 20, switch_off_below: 21 }, ['body']],
  ])('refused, and nothing published: %s', async (_what, body, parameters) => {
    const answer = await told.ask(PATH, json('PUT', body));
    expect(answer).toMatchObject({ status: 400, body: { type: 'urn:louver:problem:bad-parameters' } });
    expect((answer.body['errors'] as { parameter: string }[]).map(({ parameter }) => parameter)).toEqual(parameters);
    expect(told.published).toEqual([]);
  });

  test('refused: what contradicts what is in force in the device', async () => {
    await told.hear('sensor/room-1/config/reported', { version: 4, applied: true, switch_on_above: 25 });
    expect(await told.ask(PATH, json('PUT', { switch_off_below: 26 }))).toMatchObject({
      status: 400,
      body: { errors: [{ detail: 'switch_off_below above switch_on_above' }] },
    });
    await told.ask(PATH, json('PUT', { switch_off_below: 24 }));
    expect(told.at('sensor/room-1/config')).toEqual([{ version: 5, switch_off_below: 24 }]);
  });

  test('refused: a device that there is not, a viewer, another media type', async () => {
    expect((await told.ask('/api/devices/room-2/config')).status).toBe(404);
    expect((await told.ask('/api/devices/room-2/config', json('PUT', { interval_s: 30 }))).status).toBe(404);
    expect((await told.ask(PATH, { method: 'PUT', body: '{}' })).status).toBe(415);
    const { status, headers } = await told.ask(PATH, { method: 'POST' });
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'GET, HEAD, PUT' });
    const tokens = [{ name: 'eye', token: 'eye-token-0123456789', role: 'viewer' }] as const;
    const { ask, pipeline } = await toldDevices({}, { tokens });
    const viewer = { authorization: `Bearer ${tokens[0].token}` };
    expect((await ask(PATH, json('PUT', { interval_s: 30 }))).status).toBe(401);
    expect((await ask(PATH, json('PUT', { interval_s: 30 }, viewer))).status).toBe(403);
    await pipeline.close();
  });

  test('a report that cannot be one is set aside; an empty one clears what the broker keeps and says nothing', async () => {
    for (const odd of [{}, { applied: 'yes' }, { applied: true }, { applied: true, version: -1 }]) {
      await told.hear('sensor/room-1/config/reported', odd);
    }
    await told.hear('sensor/room-1/config/reported', '');
    await told.clock.advance(1_000);
    await told.pipeline.idle();
    expect(told.storage.rows('dead_letters').map(({ code }) => code)).toEqual(Array(4).fill('wrong-type'));
    expect((await told.ask(PATH)).body).toMatchObject({ state: 'unset', reported: null });
  });

  test('while the database is away it goes on; when it was never there it cannot be said', async () => {
    const away = await toldDevices({}, { health: () => storageAwayHealth('gone') });
    await away.hear('sensor/room-1/temperature', { value: 20 });
    expect((await away.ask(PATH, json('PUT', { interval_s: 30 }))).status).toBe(200);
    await away.pipeline.close();
    const reader = {
      ...told.storage.reader,
      devices: () => Promise.reject(new LouverError('E_STORAGE_UNAVAILABLE', 'gone')),
    } as StorageReader;
    const never = await toldDevices({ storage: { ...told.storage, reader } });
    await never.hear('sensor/room-1/temperature', { value: 20 });
    expect((await never.ask(PATH)).status).toBe(503);
    expect((await never.ask(PATH, json('PUT', { interval_s: 30 }))).status).toBe(503);
    expect(never.published).toEqual([]);
  });
});

describe('DELETE /api/devices/{id}', () => {
  test('takes a device out of use, and what was wanted of it away from the broker', async () => {
    await told.ask(PATH, json('PUT', { interval_s: 30 }));
    expect((await told.ask('/api/devices/room-1', { method: 'DELETE' })).status).toBe(204);
    expect(told.published.at(-1)).toEqual({ topic: 'sensor/room-1/config', payload: '', qos: 1, retain: true });
    expect((await told.ask(PATH)).status).toBe(404);
    expect((await told.ask('/api/devices/room-1', { method: 'DELETE' })).status).toBe(404);
    await told.clock.advance(100);
    await told.hear('sensor/room-1/temperature', { value: 20 });
    expect((await told.ask(PATH)).body).toMatchObject({ state: 'unset', desired: null });
    await told.clock.advance(1_000);
    await told.pipeline.idle();
    expect(told.storage.rows('device_events').map(({ event }) => event)).toEqual([
      'registered',
      'configured',
      'decommissioned',
      'registered',
    ]);
  });

  test('only for an admin, where there are tokens', async () => {
    const tokens = [{ name: 'hand', token: 'hand-token-0123456789', role: 'operator' }] as const;
    const { ask, pipeline } = await toldDevices({}, { tokens });
    const operator = { method: 'DELETE', headers: { authorization: `Bearer ${tokens[0].token}` } };
    expect((await ask('/api/devices/room-1', operator)).status).toBe(403);
    await pipeline.close();
  });
});
