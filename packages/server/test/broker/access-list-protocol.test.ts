import { PROTOCOL, type ProtocolMessage } from '@louver/device-esp32';
import { describe, expect, test } from 'vitest';
import { mayPublish, mayRead, maySubscribe, type Identity } from '../../src/broker/access-list.js';

const device: Identity = { name: 'esp32-1', role: 'device' };
const neighbour: Identity = { name: 'esp32-2', role: 'device' };
const service: Identity = { name: 'brain', role: 'inference' };
const operator: Identity = { name: 'bob', role: 'operator' };
const viewer: Identity = { name: 'ann', role: 'viewer' };
const backend: Identity = { name: 'louver', role: 'admin' };

const EXAMPLES: Readonly<Record<string, string>> = {
  device_id: device.name,
  quantity: 'co2',
  file: 'rec-1.wav',
  offset: '4096',
  size: '64044',
  sha256: 'ab'.repeat(32),
};

function topicOf({ topic }: ProtocolMessage): string {
  return topic.replace(/\{(\w+)\}/g, (_whole, name: string) => EXAMPLES[name]!);
}

function going(direction: ProtocolMessage['direction']): readonly (readonly [string, string])[] {
  return Object.values(PROTOCOL)
    .filter((message) => message.direction === direction)
    .map((message) => [message.name, topicOf(message)]);
}

describe('the access list and the directions of the protocol', () => {
  test.each(going('device-to-backend'))('%s: the device speaks there, no other and no service', (_name, topic) => {
    expect(mayPublish(device, topic)).toBe(true);
    expect([neighbour, service, operator, viewer].filter((one) => mayPublish(one, topic))).toEqual([]);
    expect(maySubscribe(device, topic) || mayRead(device, topic)).toBe(false);
    expect(maySubscribe(backend, topic) && mayRead(backend, topic)).toBe(true);
  });

  test.each(going('backend-to-device'))('%s: the device hears it and does not speak there', (_name, topic) => {
    expect(maySubscribe(device, topic) && mayRead(device, topic)).toBe(true);
    expect(mayPublish(device, topic)).toBe(false);
    expect(mayPublish(neighbour, topic) || maySubscribe(neighbour, topic) || mayRead(neighbour, topic)).toBe(false);
    expect(mayPublish(viewer, topic)).toBe(false);
    expect(mayPublish(backend, topic)).toBe(true);
  });

  test.each(going('backend-to-service'))('%s: the service hears it and does not speak there', (_name, topic) => {
    expect(maySubscribe(service, topic) && mayRead(service, topic)).toBe(true);
    expect(mayPublish(service, topic)).toBe(false);
    expect(mayPublish(device, topic) || maySubscribe(device, topic)).toBe(false);
  });

  test.each(going('service-to-backend'))('%s: the service speaks there, no device does', (_name, topic) => {
    expect(mayPublish(service, topic)).toBe(true);
    expect(mayPublish(device, topic) || maySubscribe(device, topic)).toBe(false);
  });

  test.each(going('people-to-backend'))('%s: people speak there, no device does', (_name, topic) => {
    expect(mayPublish(operator, topic)).toBe(true);
    expect([device, service, viewer].filter((one) => mayPublish(one, topic))).toEqual([]);
  });

  test.each(going('backend-to-people'))('%s: people hear it, the backend alone speaks there', (_name, topic) => {
    expect(maySubscribe(viewer, topic) && maySubscribe(operator, topic)).toBe(true);
    expect([device, service, operator, viewer].filter((one) => mayPublish(one, topic))).toEqual([]);
  });

  test('every message is one of these', () => {
    const directions = ['device-to-backend', 'backend-to-device', 'backend-to-service', 'service-to-backend'] as const;
    const all = [...directions, 'people-to-backend', 'backend-to-people'] as const;
    expect(all.flatMap(going)).toHaveLength(Object.keys(PROTOCOL).length);
    for (const direction of all) expect(going(direction).length).toBeGreaterThan(0);
  });
});
