import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { esp32Codec, judgeConfig, judgeTimeResponse, PROTOCOL_LIMITS } from '../../src/index.js';

const talk = esp32Codec().talk!;
const ask = (topic: string, payload: string | Uint8Array) =>
  talk.decodeAsked(topic, typeof payload === 'string' ? Buffer.from(payload) : payload);

describe('the time [P-37]', () => {
  const TOPIC = 'sensor/room-1/time/request';

  test('the device gets back exactly what it sent, and takes the answer', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (deviceSendTime) => {
        const asked = ask(TOPIC, JSON.stringify({ deviceSendTime }));
        expect(asked).toMatchObject({ kind: 'time-asked', deviceId: 'room-1' });
        const told = {
          ...asked,
          kind: 'time-told',
          serverReceivedMs: 1_770_000_000_000,
          serverSentMs: 1_770_000_000_004,
        };
        const { topic, payload, qos, retain } = talk.encodeTold(told as never);
        expect({ topic, qos, retain }).toEqual({ topic: 'sensor/room-1/time/response', qos: 1, retain: false });
        const body = JSON.parse(String(payload)) as object;
        expect(body).toEqual({
          deviceSendTime: deviceSendTime === 0 ? 0 : deviceSendTime,
          serverRecvTime: 1_770_000_000_000,
          serverSendTime: 1_770_000_000_004,
        });
        if (Number.isInteger(deviceSendTime) && Math.abs(deviceSendTime) < 2 ** 52) {
          expect(judgeTimeResponse(body, deviceSendTime, deviceSendTime + 14)).toBe(1_770_000_000_009);
        }
      }),
    );
  });

  test.each([
    ['no JSON', 'now', 'not JSON'],
    ['no object', '[1]', 'not an object'],
    ['without the time', '{}', 'deviceSendTime is missing, expected a JSON number'],
    ['a text', '{"deviceSendTime":"12"}', 'deviceSendTime is the string "12", expected a JSON number'],
    ['null', '{"deviceSendTime":null}', 'deviceSendTime is null'],
    ['beyond all numbers', '{"deviceSendTime":1e999}', 'deviceSendTime is Infinity, expected a finite number'],
    ['nothing', '', 'not JSON'],
    ['too long', ' '.repeat(PROTOCOL_LIMITS.scalarBytes + 1), 'expected at most 65536'],
    ['no text', Uint8Array.of(0xff), 'not UTF-8'],
  ])('refused: %s', (_what, payload, why) => {
    expect(() => ask(TOPIC, payload)).toThrow(why);
  });

  test('refused: an id that no device can have', () => {
    expect(() => ask('sensor/room 1/time/request', '{"deviceSendTime":1}')).toThrow('device id is "room 1"');
    expect(() => ask('sensor/room-1/temperature', '{}')).toThrow('nothing is asked at this topic');
  });
});

describe('what people want of a window [P-34]', () => {
  const TOPIC = 'window/room-1/set';

  test.each([
    ['0', 0],
    ['100', 100],
    ['100.0', 100],
    ['40.25', 40.25],
    ['07', 7],
    ['OPEN', 100],
    ['CLOSE', 0],
    ['STOP', 'stop'],
  ])('%s', (payload, wanted) => {
    expect(ask(TOPIC, payload)).toEqual({ kind: 'window-asked', deviceId: 'room-1', wanted });
    expect(talk.askedAt(TOPIC)).toBe('window-asked');
  });

  test.each([
    '',
    ' 40',
    '40\n',
    '40%',
    '-1',
    '100.5',
    '101',
    '1e1',
    '.5',
    '5.',
    'open',
    'NaN',
    '{"position":40}',
    '0x10',
  ])('refused: %j', (payload) => {
    expect(() => ask(TOPIC, payload)).toThrow('expected 0..100, OPEN, CLOSE or STOP');
  });

  test('any text is a percentage, a word or refused', () => {
    fc.assert(
      fc.property(fc.string(), (payload) => {
        try {
          const { wanted } = ask(TOPIC, payload) as { wanted: number | 'stop' };
          expect(wanted === 'stop' || (wanted >= 0 && wanted <= 100)).toBe(true);
        } catch (error) {
          expect(String(error)).toContain('E_DECODE');
        }
      }),
    );
  });
});

test('a configuration is sent retained, an order is not [P-35, P-36]', () => {
  const config = talk.encodeTold({ kind: 'desired-config', deviceId: 'a', version: 3, values: { interval_s: 30 } });
  expect(config).toEqual({
    topic: 'sensor/a/config',
    payload: '{"version":3,"interval_s":30}',
    qos: 1,
    retain: true,
  });
  expect(judgeConfig(config.payload, {})).toMatchObject({ applied: true });
  const order = talk.encodeTold({
    kind: 'device-order',
    deviceId: 'a',
    commandId: 'c',
    command: 'restart',
    parameters: {},
    expiresAtMs: 1_770_000_000_000,
  });
  expect(order).toMatchObject({ topic: 'devices/a/commands', qos: 1, retain: false });
  expect(JSON.parse(String(order.payload))).toEqual({
    command: 'restart',
    parameters: {},
    command_id: 'c',
    expires_at: '2026-02-02T02:40:00.000Z',
  });
});
