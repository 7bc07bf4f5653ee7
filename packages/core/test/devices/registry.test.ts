import { configState, defaultContext, type ConfigReported, type DerivedRecord } from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { DeviceRegistry } from '../../src/devices/registry.js';
import type { DeviceRow } from '../../src/tables.js';

const T0 = Date.UTC(2026, 0, 1);
let written: DerivedRecord[];
let registry: DeviceRegistry;

beforeEach(() => {
  written = [];
  registry = new DeviceRegistry({
    inactiveAfterMs: 600_000,
    context: defaultContext({ clock: manualClock(T0) }),
    write: async (records) => void written.push(...records),
  });
});

const rows = () => written.flatMap((record) => (record.table === 'device_registry' ? [record.row] : []));
const events = () => written.flatMap((record) => (record.table === 'device_events' ? [record.row.event] : []));
const stored = (change: Partial<DeviceRow> = {}): DeviceRow => ({
  device_id: 'a',
  name: 'Bedroom',
  location: '{"address":"upstairs"}',
  registered_at: T0 - 1000,
  last_seen: T0,
  is_active: true,
  config: '{"interval":5}',
  device_type: 'esp32',
  metadata: '{}',
  deleted_at: 0,
  ...change,
});

test('the first message registers a device', async () => {
  await registry.recall([]);
  await registry.begin(T0);
  registry.saw('a', T0 + 5);
  expect(rows()).toMatchObject([
    { device_id: 'a', name: 'a', registered_at: T0 + 5, last_seen: T0 + 5, is_active: true },
  ]);
  expect(events()).toEqual(['registered']);
});

test('last_seen is written every 30 s at the most', async () => {
  await registry.recall([stored()]);
  await registry.begin(T0);
  for (let ms = 0; ms <= 90_000; ms += 100) registry.saw('a', T0 + ms);
  expect(rows().map(({ last_seen }) => last_seen - T0)).toEqual([30_000, 60_000, 90_000]);
});

test.each(['recall', 'begin'] as const)(
  'nothing is written before %s, and what a person has entered stays',
  async (late) => {
    if (late === 'begin') await registry.recall([stored()]);
    else await registry.begin(T0);
    registry.saw('a', T0 + 60_000);
    registry.saw('b', T0 + 60_000);
    await registry.sweep(T0 + 3_600_000);
    expect(written).toEqual([]);
    if (late === 'begin') await registry.begin(T0);
    else await registry.recall([stored()]);
    expect(rows()).toMatchObject(
      [
        { device_id: 'b', registered_at: T0 + 60_000 },
        { ...stored(), last_seen: T0 + 60_000 },
      ].sort((x, y) => x.device_id.localeCompare(y.device_id)),
    );
    expect(events()).toEqual(['registered']);
  },
);

test('a row that waits in the journal wins over an older one in storage, whichever is read first', async () => {
  const waiting = stored({ name: 'Renamed', last_seen: T0 + 1 });
  registry.restore(waiting);
  await registry.recall([stored()]);
  registry.restore(stored({ name: 'Oldest', last_seen: T0 - 1 }));
  await registry.begin(T0);
  registry.saw('a', T0 + 60_000);
  expect(rows()).toMatchObject([{ name: 'Renamed', last_seen: T0 + 60_000 }]);
});

test('inactive after a silence, active again by a message; each row is newer than the one before', async () => {
  await registry.recall([stored()]);
  await registry.begin(T0);
  await registry.sweep(T0 + 599_999);
  expect(written).toEqual([]);
  await registry.sweep(T0 + 600_000);
  await registry.sweep(T0 + 630_000);
  registry.saw('a', T0 + 700_000);
  expect(events()).toEqual(['inactive', 'active']);
  expect(rows().map(({ is_active, last_seen }) => [is_active, last_seen - T0])).toEqual([
    [false, 1],
    [true, 700_000],
  ]);
});

test('a server clock that steps back writes nothing older', async () => {
  await registry.recall([stored()]);
  await registry.begin(T0);
  registry.saw('a', T0 + 40_000);
  registry.saw('a', T0 - 3_600_000);
  await registry.sweep(T0 - 3_600_000);
  expect(rows().map(({ last_seen }) => last_seen - T0)).toEqual([40_000]);
});

test('the event loop is free while 50,000 devices fall silent at once', async () => {
  await registry.recall(Array.from({ length: 50_000 }, (_, i) => stored({ device_id: `d${i}` })));
  await registry.begin(T0);
  let turns = 0;
  let over = false;
  const turn = (): void => {
    turns++;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  await registry.sweep(T0 + 600_000);
  over = true;
  expect(rows()).toHaveLength(50_000);
  expect(turns).toBeGreaterThan(1);
});

const report = (change: Partial<ConfigReported> = {}): ConfigReported => ({
  kind: 'config-reported',
  deviceId: 'a',
  timestampMs: T0,
  timeSource: 'server',
  deviceTimestamp: '',
  receivedAtMs: T0 + 10,
  messageId: 'm',
  identified: false,
  version: 1,
  applied: true,
  reason: '',
  values: { interval_s: 30 },
  unknown: [],
  ...change,
});

describe('configurations [P-36]', () => {
  const column = (): unknown => JSON.parse(rows().at(-1)!.config);
  const begin = async (change: Partial<DeviceRow> = {}): Promise<void> => {
    await registry.recall([stored(change)]);
    await registry.begin(T0);
  };

  test('what is wanted and what is reported, in the row and among the events; members of others stay', async () => {
    await begin();
    await registry.configure('a', { interval_s: 30 }, T0 + 5);
    registry.reported(report());
    expect(column()).toEqual({
      interval: 5,
      desired: { version: 1, interval_s: 30 },
      desired_at: new Date(T0 + 5).toISOString(),
      reported: { version: 1, applied: true, reason: '', unknown: [] },
      reported_at: new Date(T0 + 10).toISOString(),
      in_force: { version: 1, interval_s: 30 },
    });
    const details = written.flatMap((record) => (record.table === 'device_events' ? [record.row] : []));
    expect(
      details.map(({ event, timestamp, detail }) => [event, timestamp - T0, JSON.parse(detail) as unknown]),
    ).toEqual([
      ['configured', 5, { desired: { version: 1, interval_s: 30 } }],
      [
        'configured',
        10,
        {
          reported: { version: 1, applied: true, reason: '', unknown: [] },
          in_force: { version: 1, values: { interval_s: 30 } },
        },
      ],
    ]);
    expect(rows().map(({ last_seen }) => last_seen)).toEqual([...new Set(rows().map(({ last_seen }) => last_seen))]);
  });

  test('the version is raised beyond all that the device has seen; the same values keep it', async () => {
    await begin();
    const versions: (number | undefined)[] = [];
    const want = async (values: Record<string, number>): Promise<void> => {
      await registry.configure('a', values, T0 + 5);
      versions.push(registry.configOf('a')?.desired?.version);
    };
    await want({ interval_s: 30 });
    await want({ interval_s: 30 });
    await want({ interval_s: 60 });
    registry.reported(report({ version: 2, applied: false, reason: 'not newer', inForceVersion: 41, values: {} }));
    expect(configState(registry.configOf('a')!)).toBe('refused');
    await want({ interval_s: 60 });
    expect(versions).toEqual([1, 1, 2, 42]);
    expect(configState(registry.configOf('a')!)).toBe('pending');
    // It has been told by somebody else meanwhile: 42 is one that it would not take.
    registry.reported(report({ version: 50, applied: true, values: { interval_s: 5 } }));
    await want({ interval_s: 60 });
    expect(versions.at(-1)).toBe(51);
  });

  test('what a broker offers again with every connection is nothing new', async () => {
    await begin();
    await registry.configure('a', { interval_s: 30 }, T0);
    registry.reported(report());
    const before = written.length;
    registry.reported(report({ receivedAtMs: T0 + 20 }));
    registry.reported(
      report({ receivedAtMs: T0 + 30, applied: false, reason: 'not newer', inForceVersion: 1, values: {} }),
    );
    registry.reported(report({ receivedAtMs: T0 + 1, version: 0, values: {} }));
    expect(written).toHaveLength(before);
    expect(configState(registry.configOf('a')!)).toBe('in-force');
  });

  test('a report that comes before storage has answered is written afterwards, over what a person has entered', async () => {
    registry.reported(report());
    expect(() => registry.configOf('a')).toThrow('E_STORAGE_UNAVAILABLE');
    await expect(registry.configure('a', {}, T0)).rejects.toThrow('E_STORAGE_UNAVAILABLE');
    await registry.begin(T0);
    expect(written).toEqual([]);
    await registry.recall([stored()]);
    expect(column()).toMatchObject({ interval: 5, in_force: { version: 1, interval_s: 30 } });
    expect(rows().at(-1)).toMatchObject({ name: 'Bedroom' });
  });

  test('an older report from the journal does not undo what storage has', async () => {
    const config = JSON.stringify({
      reported: { version: 2, applied: true },
      reported_at: new Date(T0 + 50).toISOString(),
      in_force: { version: 2, interval_s: 60 },
    });
    registry.reported(report({ receivedAtMs: T0 + 10 }));
    await begin({ config, last_seen: T0 + 60 });
    expect(registry.configOf('a')).toMatchObject({ inForce: { version: 2, values: { interval_s: 60 } } });
    expect(written).toEqual([]);
  });

  test.each(['', 'fan on', '[1]', 'null', '{"desired":5,"reported":[],"in_force":{"version":"2"}}'])(
    'a column with %s in it says nothing, and can be written',
    async (config) => {
      await begin({ config });
      expect(registry.configOf('a')).toEqual({});
      await registry.configure('a', { interval_s: 30 }, T0);
      expect(registry.configOf('a')?.desired).toEqual({ version: 1, values: { interval_s: 30 }, atMs: T0 });
    },
  );

  test('a device that there is not, or not any more, is not configured', async () => {
    await begin({ deleted_at: T0 });
    expect([registry.configOf('a'), registry.configOf('b')]).toEqual([undefined, undefined]);
    await expect(registry.configure('a', {}, T0)).rejects.toThrow('there is no device a');
    expect([registry.knows('a'), registry.knows('b')]).toEqual([false, false]);
  });
});

describe('a device that is taken out of use', () => {
  test('is forgotten with what was wanted of it, until it speaks again', async () => {
    await registry.recall([stored()]);
    await registry.begin(T0);
    await registry.configure('a', { interval_s: 30 }, T0 + 5);
    expect(await registry.decommission('a', T0 + 10)).toBe(true);
    expect(rows().at(-1)).toMatchObject({ deleted_at: T0 + 10, is_active: false, config: '{"interval":5}' });
    expect([registry.knows('a'), registry.configOf('a'), await registry.decommission('a', T0)]).toEqual([
      false,
      undefined,
      false,
    ]);
    await registry.sweep(T0 + 3_600_000);
    registry.saw('a', T0 + 10);
    expect(events()).toEqual(['configured', 'decommissioned']);
    registry.saw('a', T0 + 3_600_000);
    expect(events()).toEqual(['configured', 'decommissioned', 'registered']);
    expect(rows().at(-1)).toMatchObject({ deleted_at: 0, is_active: true, name: 'Bedroom' });
    expect(registry.knows('a')).toBe(true);
  });

  test('stays so over a restart', async () => {
    await registry.recall([stored({ deleted_at: T0, is_active: false })]);
    registry.saw('a', T0 - 5);
    await registry.begin(T0);
    expect(written).toEqual([]);
    expect(registry.knows('a')).toBe(false);
  });
});
