import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { esp32Codec, judgeTimeResponse, PROTOCOL_LIMITS } from '../../src/index.js';

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
