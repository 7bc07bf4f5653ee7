import { before, inRange, interval, inUse, known, thisDevice } from '../expressions.js';
import { from, fromAll, fromPair } from '../statement.js';

/** How long back the newest position of a window is looked for. */
const POSITION_DAYS = 30;

/** Devices in use: how many were heard of lately, of how many. */
export const ACTIVE_DEVICES = from('device_registry', ({ is_active, deleted_at }) => ({
  select: { active: `countIf(${is_active})`, 'in use': 'count()' },
  final: true,
  where: [inUse(deleted_at)],
}));

/** What somebody has to look at: devices that fell silent, dead letters, decisions that were held back, and how long ago the last reading came. */
export const DEVICE_HEALTH = from('device_registry', ({ is_active, deleted_at, last_seen }) => ({
  select: {
    'silent devices': `countIf(NOT ${is_active})`,
    'since the last message': `if(count() = 0, NULL, dateDiff('second', max(${last_seen}), $__toTime_ms))`,
  },
  final: true,
  where: [inUse(deleted_at)],
}));
export const ERROR_COUNT = from('dead_letters', ({ received_at, code }) => ({
  select: { 'dead letters': 'count()' },
  where: [inRange(received_at), `${code} != 'replayed'`],
}));
export const HELD_COUNT = from('ml_predictions', ({ timestamp, held }) => ({
  select: { 'held decisions': `countIf(${held})` },
  where: [inRange(timestamp)],
}));

/** The mean of a quantity in each interval, by device. */
export function byDevice(table: 'sensor_temperature' | 'sensor_humidity'): string {
  return from(table, ({ timestamp, device_id, value }) => ({
    select: { time: interval(timestamp), device_id, value: known('avg', value) },
    where: [inRange(timestamp), `isFinite(${value})`],
    groupBy: ['time', 'device_id'],
    orderBy: ['time', 'device_id'],
  }));
}

/** Mean, smallest and largest of a quantity of one device. */
export function ofDevice(table: 'sensor_temperature' | 'sensor_humidity'): string {
  return from(table, ({ timestamp, device_id, value }) => ({
    select: {
      time: interval(timestamp),
      mean: known('avg', value),
      lowest: known('min', value),
      highest: known('max', value),
    },
    where: [thisDevice(device_id), inRange(timestamp), `isFinite(${value})`],
    groupBy: ['time'],
    orderBy: ['time'],
  }));
}

/** Where windows were told to be, and where they said that they were. */
const POSITIONS = [
  from('window_actions', ({ timestamp, device_id, position }) => ({
    select: { timestamp, device_id, position },
    where: [before(timestamp, POSITION_DAYS), `isFinite(${position})`],
  })),
  from('window_states', ({ timestamp, device_id, position }) => ({
    select: { timestamp, device_id, position },
    where: [before(timestamp, POSITION_DAYS), `isFinite(${position})`],
  })),
];

/** Where each window is at the end of the range: what it said, or was told later. */
export const WINDOW_POSITIONS = fromAll(POSITIONS, {
  select: { device_id: 'device_id', position: 'argMax(position, timestamp)' },
  groupBy: ['device_id'],
  orderBy: ['device_id'],
});

/** One device: what its window was told, and what it reported. */
export const COMMANDED_POSITION = from('window_actions', ({ timestamp, device_id, position }) => ({
  select: { time: timestamp, commanded: position },
  where: [thisDevice(device_id), inRange(timestamp), `isFinite(${position})`],
  orderBy: ['time'],
  limit: 5_000,
}));
export const REPORTED_POSITION = from('window_states', ({ timestamp, device_id, position }) => ({
  select: { time: timestamp, reported: position },
  where: [thisDevice(device_id), inRange(timestamp), `isFinite(${position})`],
  orderBy: ['time'],
  limit: 5_000,
}));

/** One device: how far the position that it reported at the end of a command was from the commanded one. */
export const REPORTED_DIFFERENCE = fromPair(
  ['window_actions', 'window_states'],
  (a, b) => `${a.command_id} = ${b.command_id} AND ${a.device_id} = ${b.device_id}`,
  (a, b) => ({
    select: { time: interval(a.timestamp), 'commanded − reported': `avg(abs(${a.position} - ${b.position}))` },
    where: [
      thisDevice(a.device_id),
      inRange(a.timestamp),
      `${a.command_id} != ''`,
      `${b.result} = 'done'`,
      `isFinite(${a.position})`,
      `isFinite(${b.position})`,
    ],
    groupBy: ['time'],
    orderBy: ['time'],
  }),
);

/** All devices in use, the longest silent first. */
export const LAST_SEEN = from('device_registry', ({ device_id, name, location, last_seen, is_active, deleted_at }) => ({
  select: {
    device_id,
    name,
    location,
    last_seen,
    'silent for': `dateDiff('second', ${last_seen}, $__toTime_ms)`,
    state: `if(${is_active}, 'active', 'inactive')`,
  },
  final: true,
  where: [inUse(deleted_at)],
  orderBy: ['last_seen', 'device_id'],
  limit: 1_000,
}));

/** One device, as it is registered. */
export const REGISTERED = from('device_registry', (columns) => {
  const { device_id, name, location, device_type, registered_at, last_seen, is_active, deleted_at } = columns;
  return {
    select: { name, location, device_type, registered_at, last_seen, state: `if(${is_active}, 'active', 'inactive')` },
    final: true,
    where: [thisDevice(device_id), inUse(deleted_at)],
  };
});
