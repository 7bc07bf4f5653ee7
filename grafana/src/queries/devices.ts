import { before, inRange, interval, inUse, known, thisDevice } from '../expressions.js';
import { from, fromAll, fromAnswer, fromPair, notIn } from '../statement.js';

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

const OUT_OF_USE = from('device_registry', ({ device_id, deleted_at }) => ({
  select: { device_id },
  final: true,
  where: [`NOT ${inUse(deleted_at)}`],
}));

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
  where: [notIn('device_id', OUT_OF_USE)],
  groupBy: ['device_id'],
  orderBy: ['device_id'],
});

/** The last position of each interval, at its own time: a step is where it was. */
function positions(table: 'window_actions' | 'window_states', name: string): string {
  const last = from(table, ({ timestamp, device_id, position }) => ({
    select: { interval: interval(timestamp), time: `max(${timestamp})`, position: `argMax(${position}, ${timestamp})` },
    where: [thisDevice(device_id), inRange(timestamp), `isFinite(${position})`],
    groupBy: ['interval'],
  }));
  return fromAnswer(last, { select: { time: 'time', [name]: 'position' }, orderBy: ['time'] });
}

/** One device: what its window was told, and what it reported. */
export const COMMANDED_POSITION = positions('window_actions', 'commanded');
export const REPORTED_POSITION = positions('window_states', 'reported');

const COMMANDED = from('window_actions', ({ timestamp, device_id, position, command_id }) => ({
  select: { timestamp, position, command_id },
  where: [thisDevice(device_id), inRange(timestamp), `${command_id} != ''`, `isFinite(${position})`],
}));
/** A window says its state again from time to time: what it said last of a command counts. */
const DONE = from('window_states', ({ timestamp, device_id, position, command_id, result }) => ({
  select: { command_id, position: `argMax(${position}, ${timestamp})` },
  where: [
    thisDevice(device_id),
    `${timestamp} >= $__fromTime_ms AND ${timestamp} <= $__toTime_ms + INTERVAL 1 HOUR`,
    `${command_id} != ''`,
    `${result} = 'done'`,
    `isFinite(${position})`,
  ],
  groupBy: [command_id],
}));

/** One device: how far the position that it reported at the end of a command was from the commanded one. */
export const REPORTED_DIFFERENCE = fromPair([COMMANDED, DONE], 'command_id', {
  select: { time: interval('a.timestamp'), 'commanded − reported': 'avg(abs(a.position - b.position))' },
  groupBy: ['time'],
  orderBy: ['time'],
});

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
