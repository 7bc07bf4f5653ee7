import type { TableName } from '@louver/core';
import { inRange, interval, measuredFor, RANGE_SECONDS } from '../expressions.js';
import { from, fromAll } from '../statement.js';

/** Where a message of a device leads to rows. */
const READINGS = [
  'sensor_temperature',
  'sensor_humidity',
  'sensor_scalar',
  'sensor_audio',
] as const satisfies readonly TableName[];

/** The moment at which each message came in, and whose it was. Dead letters are messages too; the marks of those taken in again are none. */
const RECEIVED = [
  ...READINGS.map((table) =>
    from(table, ({ timestamp, received_at, device_id }) => ({
      select: { received_at, device_id },
      where: [measuredFor(timestamp), inRange(received_at)],
    })),
  ),
  from('dead_letters', ({ received_at, device_id, code }) => ({
    select: { received_at, device_id },
    where: [inRange(received_at), `${code} != 'replayed'`],
  })),
];

/** Messages per second over the whole range. */
export const MESSAGES_PER_SECOND = fromAll(RECEIVED, {
  select: { 'messages per second': `count() / ${RANGE_SECONDS}` },
});

/** Messages per second, by interval. */
export const MESSAGES_OVER_TIME = fromAll(RECEIVED, {
  select: { time: interval('received_at'), messages: 'count() / $__interval_s' },
  groupBy: ['time'],
  orderBy: ['time'],
});

/** How many messages of each device came in each interval. */
export const MESSAGES_BY_DEVICE = fromAll(RECEIVED, {
  select: { time: interval('received_at'), device: "if(device_id = '', 'unknown', device_id)", messages: 'count()' },
  groupBy: ['time', 'device'],
  orderBy: ['time', 'device'],
});

/** Dead letters per minute, by code. */
export const ERRORS_BY_CODE = from('dead_letters', ({ received_at, code }) => ({
  select: { time: interval(received_at), code: `toString(${code})`, errors: 'count() * 60 / $__interval_s' },
  where: [inRange(received_at), `${code} != 'replayed'`],
  groupBy: ['time', 'code'],
  orderBy: ['time', 'code'],
}));

/** The newest dead letters. Those taken in again are there still, and so is the mark that they were. */
export const NEWEST_ERRORS = from('dead_letters', ({ received_at, device_id, topic, code, detail }) => ({
  select: { received_at, device_id, topic, code, detail },
  where: [inRange(received_at), `${code} != 'replayed'`],
  orderBy: [`${received_at} DESC`],
  limit: 100,
}));
