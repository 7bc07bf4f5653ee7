import { defaultContext, type MemoryStorage } from '@louver/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { asker, audioRow, filledStorage, scalarRow, T0, type Answer } from './support.js';

let storage: MemoryStorage;
let get: (path: string) => Promise<Answer>;

beforeAll(async () => {
  storage = await filledStorage();
  get = asker({ reader: storage.reader });
});

describe('GET /api/devices', () => {
  test('lists the registry with JSON columns parsed and text left as it is', async () => {
    const { status, headers, body } = await get('/api/devices');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(body.devices).toEqual([
      {
        device_id: 'room-1',
        name: 'room-1',
        location: { latitude: 52.5, longitude: 13.4 },
        registered_at: '2026-01-31T12:00:00.000Z',
        last_seen: '2026-01-31T12:00:01.000Z',
        is_active: true,
        config: {},
        device_type: '',
        metadata: { model: 'TH-2000' },
        deleted_at: null,
      },
      expect.objectContaining({ device_id: 'silent', location: 'Kitchen', config: 'not {json' }),
    ]);
  });
});

describe('GET /api/devices/{id}/data', () => {
  test('returns the readings of a quantity, oldest first', async () => {
    const { status, body } = await get('/api/devices/room-1/data?sensor=temperature');
    expect(status).toBe(200);
    expect(body).toEqual({
      device_id: 'room-1',
      sensor: 'temperature',
      readings: [0, 1, 2, 3, 4].map((i) => ({
        timestamp: new Date(T0 + i * 60_000).toISOString(),
        value: 20 + i,
        time_source: 'device',
      })),
    });
  });

  test('limit keeps the newest, still oldest first', async () => {
    const { body } = await get('/api/devices/room-1/data?sensor=temperature&limit=2');
    expect((body.readings as { value: number }[]).map(({ value }) => value)).toEqual([23, 24]);
  });

  test('bounds are inclusive, in any offset, also with a + that lost its escape', async () => {
    for (const offset of ['%2B01:00', '+01:00']) {
      const path = `/api/devices/room-1/data?sensor=temperature&from=2026-01-31T13:01:00${offset}&to=2026-01-31T12:02:00.000Z`;
      const { body } = await get(path);
      expect((body.readings as { value: number }[]).map(({ value }) => value)).toEqual([21, 22]);
    }
  });

  test('an unknown number is null', async () => {
    const { body } = await get('/api/devices/room-1/data?sensor=humidity');
    expect(body.readings).toEqual([{ timestamp: '2026-01-31T12:00:00.000Z', value: null, time_source: 'device' }]);
  });

  test('serves quantities without a table of their own', async () => {
    const { body } = await get('/api/devices/room-1/data?sensor=co2');
    expect(body.readings).toEqual([{ timestamp: '2026-01-31T12:00:00.000Z', value: 612, time_source: 'device' }]);
  });

  test('returns the rows of recordings with their features', async () => {
    const { body } = await get('/api/devices/room-1/data?sensor=audio');
    expect(body).toEqual({
      device_id: 'room-1',
      sensor: 'audio',
      readings: [
        {
          timestamp: '2026-01-31T12:00:10.000Z',
          sample_rate: 16_000,
          duration: 2,
          format: 'wav',
          audio_hash: 'ab'.repeat(32),
          features: { recipe: 'r1', values: { rms_mean: 0.25 }, mel_db_mean: [-40] },
        },
      ],
    });
  });

  test('a registered device without data has an empty list, an unknown one is 404', async () => {
    expect(await get('/api/devices/silent/data?sensor=temperature')).toMatchObject({
      status: 200,
      body: { readings: [] },
    });
    const { status, headers, body } = await get('/api/devices/nobody/data?sensor=temperature');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({
      type: 'urn:louver:problem:unknown-device',
      title: 'Unknown device',
      status: 404,
      instance: '/api/devices/nobody/data',
      request_id: headers.get('x-request-id'),
    });
    expect(body.detail).toContain('nobody');
  });

  test('a device that is not in the registry but has data is known', async () => {
    const found = await filledStorage();
    await found.write('sensor_audio', [audioRow('only-sound', T0)]);
    const ask = asker({ reader: found.reader });
    expect(await ask('/api/devices/only-sound/data?sensor=temperature')).toMatchObject({
      status: 200,
      body: { readings: [] },
    });
    expect((await ask('/api/devices/only-sound/commands')).status).toBe(200);
    expect((await ask('/api/devices/only-sound/data/latest')).status).toBe(200);
  });

  test('a missing sensor is refused with what the device has', async () => {
    const { status, body } = await get('/api/devices/room-1/data');
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      {
        parameter: 'sensor',
        detail:
          'is missing, expected audio or the name of a quantity (this device has humidity, co2, temperature, audio)',
      },
    ]);
  });

  test('every bad parameter is named at once', async () => {
    const { status, body } = await get(
      '/api/devices/room%201/data?sensor=status&from=yesterday&to=2026-02-30T00:00:00Z&limit=10001&form=1&__proto__=1&limit=3',
    );
    expect(status).toBe(400);
    const errors = body.errors as { parameter: string; detail: string }[];
    expect(errors.map(({ parameter }) => parameter).toSorted()).toEqual(
      ['__proto__', 'form', 'from', 'id', 'limit', 'sensor', 'to'].toSorted(),
    );
    const detailOf = (name: string): string | undefined => errors.find(({ parameter }) => parameter === name)?.detail;
    expect(detailOf('from')).toBe('is "yesterday", expected an RFC 3339 time such as 2026-01-31T12:00:00Z');
    expect(detailOf('limit')).toBe('is given 2 times, expected once');
    expect(detailOf('form')).toBe(
      'is unknown here, expected from, to, limit, sensor, interval, aggregation, gaps, columns',
    );
    expect(detailOf('id')).toBe('is "room 1", expected 1 to 64 of A-Z a-z 0-9 _ . : -');
  });

  test.each(['0', '10001', '-1', '1.5', '1e3', '', 'ten', '0x10'])('limit %j is refused', async (limit) => {
    const { status, body } = await get(`/api/devices/room-1/data?sensor=temperature&limit=${limit}`);
    expect(status).toBe(400);
    expect(body.detail).toBe(`limit is "${limit}", expected a whole number from 1 to 10000`);
  });

  test('from after to is refused, an id in the query too', async () => {
    const path = '/api/devices/room-1/data?sensor=temperature&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z';
    expect((await get(path)).body.detail).toBe('from is later than to, expected an earlier or the same time');
    expect((await get('/api/devices/room-1/data?sensor=temperature&id=other')).status).toBe(400);
  });

  test('without a limit the newest thousand come, with one up to ten thousand', async () => {
    const many = await filledStorage();
    const rows = Array.from({ length: 12_000 }, (_, i) => scalarRow('busy', T0 + i, i));
    await many.write('sensor_temperature', rows);
    const ask = asker({ reader: many.reader });
    const first = (await ask('/api/devices/busy/data?sensor=temperature')).body.readings as { value: number }[];
    expect(first).toHaveLength(1_000);
    expect(first[0]?.value).toBe(11_000);
    const all = (await ask('/api/devices/busy/data?sensor=temperature&limit=10000')).body.readings;
    expect((all as { value: number }[]).map(({ value }) => value)).toEqual(rows.slice(2_000).map(({ value }) => value));
  });
});

describe('GET /api/devices/{id}/data by interval', () => {
  const path = '/api/devices/room-1/data?sensor=temperature';
  const hour = 'from=2026-01-31T12:00:00Z&to=2026-01-31T12:09:59Z';

  test('aggregates, with gaps as one wants them', async () => {
    const { status, body } = await get(`${path}&interval=2m&${hour}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      device_id: 'room-1',
      sensor: 'temperature',
      interval: '2m',
      aggregation: 'mean',
      readings: [
        { timestamp: '2026-01-31T12:00:00.000Z', value: 20.5, count: 2 },
        { timestamp: '2026-01-31T12:02:00.000Z', value: 22.5, count: 2 },
        { timestamp: '2026-01-31T12:04:00.000Z', value: 24, count: 1 },
      ],
    });
    const values = async (query: string): Promise<unknown[]> =>
      ((await get(`${path}&interval=2m&${hour}&${query}`)).body.readings as { value: unknown }[]).map(
        ({ value }) => value,
      );
    expect(await values('aggregation=max')).toEqual([21, 23, 24]);
    expect(await values('aggregation=last&gaps=null')).toEqual([21, 23, 24, null, null]);
    expect(await values('aggregation=min&gaps=previous')).toEqual([20, 22, 24, 24, 24]);
    expect(await values('aggregation=count&gaps=null')).toEqual([2, 2, 1, 0, 0]);
  });

  test('without from and to the last hundred intervals', async () => {
    const clock = { ...defaultContext().clock, now: () => T0 + 4 * 60_000 };
    const { reader } = await filledStorage();
    const ask = asker({ reader, context: defaultContext({ clock }) });
    const { body } = await ask(`${path}&interval=1m&gaps=null`);
    expect(body.readings).toHaveLength(101);
    expect((body.readings as object[]).at(-1)).toEqual({ timestamp: '2026-01-31T12:04:00.000Z', value: 24, count: 1 });
  });

  test('a device without readings has an empty list, an unknown one is 404', async () => {
    expect((await get(`/api/devices/silent/data?sensor=co2&interval=1h&gaps=null&${hour}`)).body.readings).toEqual([
      { timestamp: '2026-01-31T12:00:00.000Z', value: null, count: 0 },
    ]);
    expect((await get(`/api/devices/nobody/data?sensor=co2&interval=1h&${hour}`)).status).toBe(404);
  });

  test.each([
    ['interval=1', /interval is "1", expected a duration such as 30s/],
    ['interval=0s', /interval is "0s", expected a duration/],
    ['interval=1h&aggregation=median', /aggregation is "median", expected mean, min, max, count, last/],
    ['interval=1h&gaps=zero', /gaps is "zero", expected omit, null or previous/],
    ['interval=1h&limit=5', /limit is for single readings, expected from and to beside interval/],
    ['aggregation=mean', /aggregation is for readings by interval, expected interval too/],
    [
      'interval=1ms&from=2026-01-31T12:00:00Z&to=2026-01-31T13:00:00Z',
      /interval makes 3600001 intervals of this range, expected at most 10000: a longer one \(4s makes 1000\)/,
    ],
    ['columns=rms_mean', /columns are of recordings, expected sensor=audio/],
  ])('%s is refused', async (query, words) => {
    const { status, body } = await get(`${path}&${query}`);
    expect(status).toBe(400);
    expect(body.detail).toMatch(words);
  });

  test('a recording has no mean', async () => {
    const { body } = await get('/api/devices/room-1/data?sensor=audio&interval=1h');
    expect(body.detail).toBe('interval is for numbers, expected the name of a quantity as sensor');
  });
});

test('the audio features come as columns where they are asked for', async () => {
  const { body } = await get('/api/devices/room-1/data?sensor=audio&columns=rms_mean,mel_db_mean_1');
  expect(body.readings).toEqual([
    {
      timestamp: '2026-01-31T12:00:10.000Z',
      audio_hash: 'ab'.repeat(32),
      rms_mean: 0.25,
      mel_db_mean_1: -40,
    },
  ]);
  for (const name of ['rms_std', 'constructor', 'mel_db_mean_2']) {
    const { status, body: problem } = await get(`/api/devices/room-1/data?sensor=audio&columns=rms_mean,${name}`);
    expect(status).toBe(400);
    expect(problem.detail).toBe(
      `columns has "${name}", which none of these recordings has; they have rms_mean, mel_db_mean_1`,
    );
  }
  expect((await get('/api/devices/room-1/data?sensor=audio&columns=timestamp')).status).toBe(400);
});

describe('GET /api/devices/{id}/data/latest', () => {
  test('returns the latest value of each quantity and the latest recording', async () => {
    const { status, body } = await get('/api/devices/room-1/data/latest');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      device_id: 'room-1',
      audio: { timestamp: '2026-01-31T12:00:10.000Z', sample_rate: 16_000 },
      readings: [
        { sensor: 'humidity', timestamp: '2026-01-31T12:00:00.000Z', value: null },
        { sensor: 'co2', timestamp: '2026-01-31T12:00:00.000Z', value: 612 },
        { sensor: 'temperature', timestamp: '2026-01-31T12:04:00.000Z', value: 24 },
      ],
    });
  });

  test('404 for an unknown device, nothing for a silent one', async () => {
    expect((await get('/api/devices/nobody/data/latest')).status).toBe(404);
    expect((await get('/api/devices/silent/data/latest')).body).toEqual({
      device_id: 'silent',
      audio: null,
      readings: [],
    });
  });
});

describe('GET /api/devices/{id}/commands', () => {
  test('returns the rows of window_actions', async () => {
    const { status, body } = await get('/api/devices/room-1/commands?from=2026-01-31T12:00:00Z&limit=5');
    expect(status).toBe(200);
    expect(body).toEqual({
      device_id: 'room-1',
      commands: [
        {
          timestamp: '2026-01-31T12:00:11.000Z',
          device_id: 'room-1',
          position: 75.5,
          confidence: 0.92,
          temperature: 25.5,
          humidity: null,
          audio_hash: '',
          command_id: `c-${T0 + 11_000}`,
          request_id: `r-${T0 + 11_000}`,
          source: 'model',
          model_version: 'v1.0.0',
        },
      ],
    });
  });

  test('404 for an unknown device, nothing for a silent one', async () => {
    expect((await get('/api/devices/nobody/commands')).status).toBe(404);
    expect((await get('/api/devices/silent/commands')).body).toEqual({ device_id: 'silent', commands: [] });
  });
});
