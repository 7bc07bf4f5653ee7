import { topicMatches } from '@louver/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mayPublish, mayRead, maySubscribe, ROLES, type Identity } from '../../src/broker/access-list.js';

const device: Identity = { name: 'esp32-1', role: 'device' };
const viewer: Identity = { name: 'ann', role: 'viewer' };
const operator: Identity = { name: 'bob', role: 'operator' };
const service: Identity = { name: 'brain', role: 'inference' };
const admin: Identity = { name: 'root', role: 'admin' };

const level = fc.constantFrom(
  ...[
    'sensor',
    'window',
    'devices',
    'ml',
    'esp32-1',
    'esp32-2',
    'temperature',
    'audio',
    'status',
    'ack',
    'config',
    'set',
  ],
  ...[
    'reported',
    'control',
    'state',
    'commands',
    'telemetry',
    'time',
    'request',
    'response',
    'ota',
    'cbor',
    '',
    '$SYS',
    '0',
  ],
);
const topic = fc.array(level, { minLength: 1, maxLength: 7 }).map((levels) => levels.join('/'));
const anyInference = fc
  .tuple(fc.constantFrom('ml/inference/request', 'ml/inference/response', 'ml/inference', 'window'), topic)
  .map(([head, rest]) => `${head}/${rest}`);
const filter = fc
  .array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 6 })
  .chain((levels) => fc.constantFrom(levels.join('/'), [...levels, '#'].join('/'), '#'));
const identity = fc.record({
  name: fc.constantFrom('esp32-1', 'esp32-2', 'sensor', 'ml'),
  role: fc.constantFrom(...ROLES),
});

describe('a device', () => {
  test.each([
    'sensor/esp32-1/temperature',
    'sensor/esp32-1/co2',
    'sensor/esp32-1/co2/cbor',
    'sensor/esp32-1/audio',
    'sensor/esp32-1/audio/clip7/init',
    'sensor/esp32-1/audio/clip7/4096',
    `sensor/esp32-1/audio/clip7/fin/64044/${'ab'.repeat(32)}`,
    'sensor/esp32-1/status',
    'sensor/esp32-1/info',
    'sensor/esp32-1/config/reported',
    'sensor/esp32-1/ota/state',
    'sensor/esp32-1/time/request',
    'window/esp32-1/state',
    'devices/esp32-1/telemetry',
  ])('publishes %s', (allowed) => {
    expect(mayPublish(device, allowed)).toBe(true);
    expect(mayPublish(device, allowed.replace('esp32-1', 'esp32-2'))).toBe(false);
  });

  test.each([
    'window/esp32-1/control',
    'window/esp32-1/set',
    'sensor/esp32-1/ack',
    'sensor/esp32-1/config',
    'sensor/esp32-1/ota',
    'sensor/esp32-1/time/response',
    'devices/esp32-1/commands',
    'ml/inference/request/esp32-1',
    'sensor/esp32-1',
    'sensor/esp32-1/',
    'sensor//temperature',
    'homeassistant/device/esp32-1/config',
  ])('does not publish %s', (refused) => expect(mayPublish(device, refused)).toBe(false));

  test('subscribes to its own topics by their exact names only', () => {
    expect(maySubscribe(device, 'window/esp32-1/control')).toBe(true);
    expect(maySubscribe(device, 'devices/esp32-1/commands')).toBe(true);
    for (const refused of ['#', 'window/+/control', 'sensor/esp32-1/#', 'sensor/esp32-1/+', 'window/esp32-2/control']) {
      expect(maySubscribe(device, refused)).toBe(false);
    }
  });
});

test('an operator moves windows and does nothing else', () => {
  expect(mayPublish(operator, 'window/esp32-1/set')).toBe(true);
  expect(mayPublish(operator, 'window/esp32-1/control')).toBe(true);
  for (const refused of [
    'window/esp32-1/state',
    'window/a b/set',
    'window/esp32-1/set/x',
    'sensor/esp32-1/temperature',
  ]) {
    expect(mayPublish(operator, refused)).toBe(false);
  }
});

test('shared subscriptions and the broker’s own topics are refused to everybody', () => {
  for (const role of ROLES) {
    expect(maySubscribe({ name: 'x', role }, '$share/group/sensor/#')).toBe(false);
    expect(maySubscribe({ name: 'x', role }, '$SYS/#')).toBe(false);
    expect(mayPublish({ name: 'x', role }, '$SYS/x')).toBe(false);
  }
});

test.each([
  ['ml/inference/request/+', true],
  ['ml/inference/request/#', true],
  ['ml/inference/request/dev-1', true],
  ['ml/inference/response/+', false],
  ['ml/inference/#', false],
  ['window/+/control', false],
  ['#', false],
])('an inference service subscribes to %s: %s', (wanted, granted) => {
  expect(maySubscribe(service, wanted)).toBe(granted);
});

describe('for any identity and topic', () => {
  test('a device publishes and reads only topics with its own name in second place', () => {
    fc.assert(
      fc.property(identity, topic, (who, t) => {
        if (who.role !== 'device') return;
        if (mayPublish(who, t) || mayRead(who, t)) expect(t.split('/')[1]).toBe(who.name);
      }),
    );
  });

  test('ml/# is for backends only, in every direction', () => {
    fc.assert(
      fc.property(identity, topic, (who, rest) => {
        const t = `ml/${rest}`;
        if (who.role === 'inference') return;
        const isAdmin = who.role === 'admin';
        expect(mayPublish(who, t)).toBe(isAdmin);
        expect(mayRead(who, t)).toBe(isAdmin);
        expect(maySubscribe(who, t)).toBe(isAdmin);
      }),
    );
  });

  test('an inference service reads requests, publishes answers and commands, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(topic, anyInference), (t) => {
        expect(mayRead(service, t)).toBe(t.startsWith('ml/inference/request/'));
        expect(mayPublish(service, t)).toBe(
          /^(window\/[\w.:-]{1,64}\/control|ml\/inference\/response\/[\w.:-]{1,64})$/.test(t),
        );
      }),
    );
  });

  test('viewers publish nothing and read the same as operators', () => {
    fc.assert(
      fc.property(topic, filter, (t, f) => {
        expect(mayPublish(viewer, t)).toBe(false);
        expect(mayRead(viewer, t)).toBe(mayRead(operator, t));
        expect(maySubscribe(viewer, f)).toBe(maySubscribe(operator, f));
      }),
    );
  });

  test('what may be subscribed by its exact name may be read, and every topic that may be read may be subscribed', () => {
    fc.assert(
      fc.property(identity, topic, (who, t) => {
        expect(maySubscribe(who, t)).toBe(mayRead(who, t));
      }),
    );
  });

  test('a device’s filters match nothing that it may not read', () => {
    fc.assert(
      fc.property(filter, topic, (f, t) => {
        if (maySubscribe(device, f) && topicMatches(f, t)) expect(mayRead(device, t)).toBe(true);
      }),
    );
  });

  test('nobody publishes more than an admin', () => {
    fc.assert(
      fc.property(identity, topic, (who, t) => {
        if (mayPublish(who, t)) expect(mayPublish(admin, t)).toBe(true);
      }),
    );
  });
});
