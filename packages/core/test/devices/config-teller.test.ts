import { defaultContext, type DeviceConfig, type Told } from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { beforeEach, expect, test } from 'vitest';
import { ConfigTeller } from '../../src/devices/config-teller.js';
import { settled, START_MS } from '../support/rig.js';

let configs: Map<string, DeviceConfig>;
let told: Told[];
let isAway: boolean;
let clock: ReturnType<typeof manualClock>;
let stop: AbortController;
let teller: ConfigTeller;

const wanted = (version: number, inForce?: number): DeviceConfig => ({
  desired: { version, values: { interval_s: version }, atMs: START_MS },
  ...(inForce !== undefined && { inForce: { version: inForce, values: {} } }),
});

beforeEach(() => {
  configs = new Map();
  told = [];
  isAway = false;
  clock = manualClock(START_MS);
  stop = new AbortController();
  teller = new ConfigTeller({
    configOf: (deviceId) => configs.get(deviceId),
    context: defaultContext({ clock, random: () => 0.5 }),
    signal: stop.signal,
    async tell(message) {
      if (isAway || message.deviceId === 'unreachable') throw new Error('away');
      told.push(message);
    },
  });
});

const versions = () => told.map((message) => message.kind === 'desired-config' && [message.deviceId, message.version]);

test('at a start what is pending is told, once there is somebody to tell', async () => {
  configs = new Map([
    ['a', wanted(2, 1)],
    ['b', wanted(3, 3)],
    ['c', {}],
    ['d', wanted(1)],
  ]);
  for (const deviceId of ['a', 'b', 'c', 'd', 'gone']) teller.offer(deviceId);
  await settled();
  expect(told).toEqual([]);
  teller.begin();
  await teller.idle();
  expect(versions()).toEqual([
    ['a', 2],
    ['d', 1],
  ]);
});

test('what comes in the turn in which nothing was left is told too', async () => {
  configs.set('a', wanted(1));
  teller.begin();
  teller.offer('a');
  await settled();
  expect(versions()).toEqual([['a', 1]]);
});

test('while the broker is away it is tried again, and the newest is what it gets', async () => {
  teller.begin();
  isAway = true;
  configs.set('a', wanted(1));
  expect(await teller.tell('a')).toBe(false);
  await settled();
  await clock.advance(60_000);
  configs.set('a', wanted(2));
  isAway = false;
  await clock.advance(60_000);
  await teller.idle();
  expect(versions()).toEqual([['a', 2]]);
  expect(await teller.tell('a')).toBe(true);
});

test('a device that has taken it meanwhile is not told any more', async () => {
  teller.begin();
  isAway = true;
  configs.set('a', wanted(1));
  await teller.tell('a');
  await settled();
  configs.set('a', wanted(1, 1));
  isAway = false;
  await clock.advance(60_000);
  await teller.idle();
  expect(told).toEqual([]);
});

test('the end ends it', async () => {
  teller.begin();
  isAway = true;
  configs.set('a', wanted(1));
  await teller.tell('a');
  await settled();
  stop.abort();
  await teller.idle();
  expect(told).toEqual([]);
});

test('one that cannot be told keeps nobody waiting', async () => {
  configs = new Map(['unreachable', 'a', 'b'].map((deviceId) => [deviceId, wanted(1)]));
  for (const deviceId of configs.keys()) teller.offer(deviceId);
  teller.begin();
  await settled();
  await clock.advance(1_000);
  await settled();
  expect(versions()).toEqual([
    ['a', 1],
    ['b', 1],
  ]);
  stop.abort();
});
