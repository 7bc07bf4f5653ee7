import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dashboards, queriesOf, type DashboardJson } from './support/dashboards.js';
import { startEngine, type Engine } from './support/engine.js';
import { expand } from './support/expand.js';
import { DAY, SEEDED_DAY, write } from './support/seeded-day.js';

const HOUR_MS = 3_600_000;

let engine: Engine;
let files: ReadonlyMap<string, DashboardJson>;
beforeAll(async () => {
  [engine, files] = await Promise.all([startEngine(), dashboards()]);
  await write(engine.storage, SEEDED_DAY);
});
afterAll(() => engine.close());

/** The rows of a panel, with the times as hours of the day. */
async function rowsOf(dashboard: string, title: string, refId = 'A', device = 'kitchen'): Promise<unknown[][]> {
  const found = queriesOf(files).filter(
    (q) => q.dashboard === dashboard && q.panel.title === title && q.refId === refId,
  );
  expect(found, `${dashboard}: ${title} ${refId}`).toHaveLength(1);
  const { data } = await engine.ask(
    expand(found[0]!.sql, { ...DAY, intervalMs: HOUR_MS, variables: { device_id: device } }),
  );
  return data.map((row) => Object.values(row).map(asHour));
}

/** `10:20:00` for a time of the day; as it is for everything else. */
function asHour(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^2026-03-10 (\d\d:\d\d:\d\d)(\.000)?$/, '$1') : value;
}

describe('overview', () => {
  test('2 of 3 devices are active: the shed is no more, the cellar is silent, of the kitchen the newest row counts', async () => {
    expect(await rowsOf('overview', 'Active devices')).toEqual([[2, 3]]);
  });

  test('messages: 144 + 72 + 18 temperatures, 24 humidities, 1 other, 4 recordings, 5 dead letters in 86,400 s', async () => {
    expect(await rowsOf('overview', 'Message throughput')).toEqual([[(144 + 72 + 18 + 24 + 1 + 4 + 5) / 86_400]]);
  });

  test('health: the cellar is silent, the last message came at ten to twelve, 5 dead letters, 1 decision held', async () => {
    expect(await rowsOf('overview', 'System health', 'A')).toEqual([[1, 600]]);
    expect(await rowsOf('overview', 'System health', 'B')).toEqual([[5]]);
    expect(await rowsOf('overview', 'System health', 'C')).toEqual([[1]]);
  });

  test('temperatures by hour: 20 °C and one more each hour in the kitchen, 10 in the attic from noon, 15 in the cellar', async () => {
    const rows = await rowsOf('overview', 'Temperature by device');
    expect(rows).toHaveLength(24 + 12 + 3);
    // The unknown reading of the fifth hour is left out of its mean.
    expect(rows.filter(([, device]) => device === 'kitchen').map(([, , value]) => value)).toEqual(
      Array.from({ length: 24 }, (_, hour) => 20 + hour),
    );
    expect(rows.filter(([time]) => time === '12:00:00')).toEqual([
      ['12:00:00', 'attic', 10],
      ['12:00:00', 'kitchen', 32],
    ]);
    expect(rows.filter(([, device]) => device === 'cellar').at(-1)).toEqual(['02:00:00', 'cellar', 15]);
  });

  test('humidity: 50 and 60 % by turns', async () => {
    const rows = await rowsOf('overview', 'Humidity by device');
    expect(rows.slice(0, 3)).toEqual([
      ['00:00:00', 'kitchen', 50],
      ['01:00:00', 'kitchen', 60],
      ['02:00:00', 'kitchen', 50],
    ]);
  });

  test('windows: the kitchen closed by hand, the attic half open; of the cellar nobody knows for more than 30 days', async () => {
    expect(await rowsOf('overview', 'Current window positions')).toEqual([
      ['attic', 50],
      ['kitchen', 0],
    ]);
  });

  test('predictions: the newest first, unknown numbers are nothing', async () => {
    const rows = await rowsOf('overview', 'Recent predictions');
    expect(rows).toHaveLength(13);
    expect(rows[0]).toEqual(['14:30:00', 'attic', 50, 1, null, 'held: rate-limited', 'v2', 8]);
    expect(rows[2]).toEqual(['09:30:00', 'kitchen', 50, null, 50, 'sent', 'v1', null]);
  });

  test('devices: the cellar has been silent for 21 h 10 min', async () => {
    expect((await rowsOf('overview', 'Devices'))[0]).toEqual([
      'cellar', 'The cellar', 'home', '02:50:00', 76_200, 'inactive',
    ]); // prettier-ignore
  });
});

describe('device-detail', () => {
  test('mean, lowest and highest; another device has its own', async () => {
    expect((await rowsOf('device-detail', 'Temperature history'))[5]).toEqual(['05:00:00', 25, 25, 25]);
    expect(await rowsOf('device-detail', 'Temperature history', 'A', 'cellar')).toEqual([
      ['00:00:00', 15, 15, 15],
      ['01:00:00', 15, 15, 15],
      ['02:00:00', 15, 15, 15],
    ]);
    expect(await rowsOf('device-detail', 'Humidity history', 'A', 'attic')).toEqual([]);
  });

  test('the window: commanded, and reported; the last of each hour', async () => {
    expect(await rowsOf('device-detail', 'Window position history', 'A')).toEqual([
      ['08:00:00', 40],
      ['09:08:00', 50],
      ['10:20:00', 0],
    ]);
    expect(await rowsOf('device-detail', 'Window position history', 'B')).toEqual([
      ['08:00:30', 38],
      ['09:00:40', 60],
      ['10:20:20', 0],
    ]);
  });

  test('sound: two recordings of 2 s at six, one at seven, and one of 1.5 s at eight', async () => {
    expect(await rowsOf('device-detail', 'Audio activity')).toEqual([
      ['06:00:00', 2, 4],
      ['07:00:00', 1, 2],
      ['08:00:00', 1, 1.5],
    ]);
  });

  test('accuracy: 40 told and 38 reached; 60 decided and, as the last word, 50 wanted', async () => {
    expect(await rowsOf('device-detail', 'Prediction accuracy', 'A')).toEqual([
      ['08:00:00', 2],
      ['09:00:00', 0],
      ['10:00:00', 0],
    ]);
    expect(await rowsOf('device-detail', 'Prediction accuracy', 'B')).toEqual([['09:00:00', 10]]);
    expect(await rowsOf('device-detail', 'Prediction accuracy', 'B', 'attic')).toEqual([['14:00:00', 30]]);
  });

  test('as it is registered', async () => {
    expect(await rowsOf('device-detail', 'Device')).toEqual([
      ['The kitchen', 'home', 'SensorNode', '2026-03-08 00:00:00.000', '23:50:00', 'active'],
    ]);
    expect(await rowsOf('device-detail', 'Device', 'A', 'shed')).toEqual([]);
  });
});

describe('ml-metrics', () => {
  test('10 answers of v1 in the hour from eight: one every six minutes', async () => {
    expect(await rowsOf('ml-metrics', 'Prediction frequency')).toEqual([
      ['08:00:00', 'v1', 10 / 60],
      ['09:00:00', 'v1', 1 / 60],
      ['14:00:00', 'v2', 2 / 60],
    ]);
  });

  test('of 1 … 10 ms: p50 is the 6th (⌊0.5 × 10⌋ from 0), p95 the 10th (⌊9.5⌋), p99 too; of 4 and 8 ms all are 8', async () => {
    expect(await rowsOf('ml-metrics', 'Inference latency')).toEqual([
      ['08:00:00', 6, 10, 10],
      ['14:00:00', 8, 8, 8],
    ]);
  });

  test('confidence: 0.35, ten times 0.9, and 1 in the last bin; an unknown one in none', async () => {
    expect(await rowsOf('ml-metrics', 'Confidence distribution')).toEqual([
      [0.35, 0.4, 1],
      [0.9, 0.95, 10],
      [0.95, 1, 1],
    ]);
  });

  test('calibration: 0.35 was corrected, of 0.65 and 0.62 one, 0.95 not', async () => {
    expect(await rowsOf('ml-metrics', 'Calibration')).toEqual([
      ['0.3 – 0.4', 0, 0.35],
      ['0.6 – 0.7', 0.5, 0.65],
      ['0.9 – 1', 1, 0.95],
    ]);
  });

  test('versions: of two decisions each has one corrected, by 30 and by 10 percent of the way', async () => {
    const [v2, v1] = await rowsOf('ml-metrics', 'Model performance');
    expect(v2).toEqual(['v2', 2, 1, (0.35 + 1) / 2, 8, 0.5, 30, '14:30:00']);
    expect(v1).toEqual(['v1', 11, 0, expect.closeTo(0.9, 12), 10, 0.5, 10, '09:30:00']);
    expect(await rowsOf('ml-metrics', 'Model performance over time: confidence')).toEqual([
      ['08:00:00', 'v1', expect.closeTo(0.9, 12)],
      ['14:00:00', 'v2', 0.675],
    ]);
    expect(await rowsOf('ml-metrics', 'Model performance over time: corrections')).toEqual([
      ['09:00:00', 'v1', 10],
      ['14:00:00', 'v2', 30],
    ]);
    expect(await rowsOf('ml-metrics', 'Corrections by hand')).toEqual([
      ['14:10:00', 'attic', 20, 50, 30, 'v2'],
      ['09:08:00', 'kitchen', 60, 50, 10, 'v1'],
    ]);
  });
});

describe('system-health', () => {
  test('throughput by hour: 6 + 1 of the kitchen and 6 of the cellar, then without the cellar, with recordings', async () => {
    const rows = await rowsOf('system-health', 'Message throughput over time');
    expect(rows).toHaveLength(24);
    expect(rows[0]).toEqual(['00:00:00', 13 / 3600]);
    expect(rows[3]).toEqual(['03:00:00', 7 / 3600]);
    expect(rows[6]).toEqual(['06:00:00', 9 / 3600]);
    expect(rows[10]).toEqual(['10:00:00', 10 / 3600]);
    expect(await rowsOf('system-health', 'Message throughput')).toEqual([[268 / 86_400]]);
  });

  test('errors per minute by code; the mark of one that was taken in again is none', async () => {
    expect(await rowsOf('system-health', 'Error rates')).toEqual([
      ['10:00:00', 'not-json', 3 / 60],
      ['11:00:00', 'out-of-range', 1 / 60],
      ['13:00:00', 'unknown-topic', 1 / 60],
    ]);
    expect(await rowsOf('system-health', 'Newest dead letters')).toHaveLength(5);
  });

  test('activity: a cell for each device and hour in which it said something', async () => {
    const rows = await rowsOf('system-health', 'Device activity');
    // kitchen 24 hours, attic 12 with readings and 2 with dead letters, cellar 3, and one message of nobody knows whom.
    expect(rows).toHaveLength(24 + 12 + 2 + 3 + 1);
    const cell = (time: string, device: string) => rows.find(([t, d]) => t === time && d === device)?.[2];
    expect(cell('00:00:00', 'kitchen')).toBe(7);
    expect(cell('06:00:00', 'kitchen')).toBe(9);
    expect(cell('09:00:00', 'kitchen')).toBe(8);
    expect(cell('10:00:00', 'attic')).toBe(3);
    expect(cell('13:00:00', 'unknown')).toBe(1);
    expect(cell('03:00:00', 'cellar')).toBeUndefined();
  });

  test('last seen: the longest silent first', async () => {
    const rows = await rowsOf('system-health', 'Device last seen');
    expect(rows.map(([device, , , , silentS, state]) => [device, silentS, state])).toEqual([
      ['cellar', 76_200, 'inactive'],
      ['attic', 600, 'active'],
      ['kitchen', 600, 'active'],
    ]);
  });
});

describe('audio-analysis', () => {
  test('levels: 0.1 is −20 dB, 0.01 is −40 dB; silence has none', async () => {
    expect(await rowsOf('audio-analysis', 'RMS levels')).toEqual([
      ['06:00:00', -30, -20],
      ['07:00:00', null, null],
    ]);
  });

  test('features: means of what recordings have, nothing where they have none', async () => {
    expect(await rowsOf('audio-analysis', 'Audio features: spectral centroid and roll-off')).toEqual([
      ['06:00:00', 1500, 4000],
      ['07:00:00', null, null],
    ]);
    expect(await rowsOf('audio-analysis', 'Audio features: zero-crossing rate')).toEqual([
      ['06:00:00', expect.closeTo(0.2, 12)],
      ['07:00:00', null],
    ]);
    expect((await rowsOf('audio-analysis', 'Audio features: MFCC'))[0]).toEqual(['06:00:00', -150, null, null, null, null, null]); // prettier-ignore
  });

  test('spectrum: the mean of −10 and −30 dB in the lowest band, and so on', async () => {
    expect(await rowsOf('audio-analysis', 'Spectral view')).toEqual([
      ['06:00:00', '01', -20],
      ['06:00:00', '02', -30],
      ['06:00:00', '03', -40],
    ]);
  });

  test('what could not be analysed, and why', async () => {
    expect(await rowsOf('audio-analysis', 'Recordings without features')).toEqual([
      ['08:00:00', 1.5, 'wav', 'E_FEATURES'],
    ]);
  });
});
