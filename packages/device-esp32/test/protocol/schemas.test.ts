import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PROTOCOL, seededRandom, SimulatedDevice, type ProtocolMessage } from '../../src/index.js';
import { payloadBytes, type VectorCase } from '../../generate/vectors-header.js';
import { messageAt } from './message-at.js';
import { faultOf } from './validators.js';
import { casesOf } from './vector-cases.js';

const here = (path: string): URL => new URL(path, import.meta.url);

interface CodecCase extends VectorCase {
  readonly name: string;
  readonly topic: string;
  readonly events?: readonly { readonly kind: string }[];
  readonly rejected?: { readonly reason: string };
}

const codecCases = readdirSync(here('../vectors/'))
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => casesOf<CodecCase>(`../vectors/${name}`))
  .filter(({ topic }) => messageAt(topic)?.payload.format === 'json' || messageAt(topic)?.payload.format === 'text');

/** Taken by a reader all the same, which passes over what it cannot use: a writer should not send it. */
const LENIENT: readonly string[] = [
  'P-21 a bad reason does not hide what was done',
  'P-21 no confidence, no features',
  'P-5 a seq beyond uint32 is not one',
  'P-5 a seq as a string is not one',
  'P-9 init without a payload',
];

/** Refused for what a shape cannot say: how many days a month has, how deep JSON may be. */
const BEYOND_SHAPE: readonly string[] = [
  'P-6 timestamp 2025-02-30T00:00:00Z',
  'P-6 timestamp 2025-10-24T12:00:60Z',
  'P-6 nested too deep',
];

const BEYOND_CONTROL = ['nested too deep'];

const good = codecCases.filter(
  ({ name, events = [] }) =>
    events.length > 0 && events.every(({ kind }) => kind !== 'rejected') && !LENIENT.includes(name),
);
const poison = codecCases.filter(
  ({ name, rejected }) =>
    rejected !== undefined &&
    ['wrong-type', 'out-of-range', 'not-json', 'bad-timestamp'].includes(rejected.reason) &&
    !BEYOND_SHAPE.includes(name),
);

describe('the vectors of the codec', () => {
  test.each(good.map((one) => [one.name, one] as const))('good: %s', (_name, one) => {
    expect(faultOf(messageAt(one.topic)!, payloadBytes(one))).toBeUndefined();
  });

  test.each(poison.map((one) => [one.name, one] as const))('poison: %s', (_name, one) => {
    expect(faultOf(messageAt(one.topic)!, payloadBytes(one))).toEqual(expect.any(String));
  });

  test('the exceptions are some', () => {
    const fault = (exception: string): string | undefined => {
      const one = codecCases.find(({ name }) => name === exception)!;
      return faultOf(messageAt(one.topic)!, payloadBytes(one));
    };
    for (const name of LENIENT) expect([name, fault(name)]).toEqual([name, expect.any(String)]);
    for (const name of BEYOND_SHAPE) expect([name, fault(name)]).toEqual([name, undefined]);
  });

  test('there are enough of both kinds', () => {
    expect(good.length).toBeGreaterThan(40);
    expect(poison.length).toBeGreaterThan(40);
  });
});

describe('the vectors of the firmware', () => {
  const takes: readonly (readonly [string, ProtocolMessage, (one: VectorCase) => boolean])[] = [
    ['scalars', PROTOCOL.scalar, () => true],
    ['audios', PROTOCOL.audio, () => true],
    ['controls', PROTOCOL.windowControl, ({ outcome, centipercent }) => outcome === 'obeyed' && centipercent !== null],
    ['configs', PROTOCOL.config, ({ applied }) => applied === true],
    ['commands', PROTOCOL.commands, ({ outcome }) => outcome === 'accepted'],
    ['acks', PROTOCOL.ack, ({ boot }) => boot !== null],
    ['time-responses', PROTOCOL.timeResponse, ({ utcMs }) => utcMs !== null],
    ['otas', PROTOCOL.ota, ({ accepted }) => accepted === true],
  ];
  test.each(takes)('what a device takes of %s fits the schema', (file, message, isTaken) => {
    const taken = casesOf(`../../../../firmware/test/vectors/${file}.json`).filter(
      (one) => isTaken(one) && one.payload !== null,
    );
    expect(taken.length).toBeGreaterThan(0);
    for (const one of taken) expect([one.name, faultOf(message, payloadBytes(one))]).toEqual([one.name, undefined]);
  });

  const refuses: readonly (readonly [string, ProtocolMessage, (one: VectorCase) => boolean])[] = [
    // Which version is newer, and which of two numbers is larger, no shape says.
    ['configs', PROTOCOL.config, ({ reason }) => /^(not JSON|.* out of range .*)$/.test(reason as string)],
    ['commands', PROTOCOL.commands, ({ outcome }) => outcome === 'refused'],
    [
      'controls',
      PROTOCOL.windowControl,
      ({ outcome, commandId, name }) =>
        outcome === 'rejected' && commandId === '' && !BEYOND_CONTROL.includes(name as string),
    ],
    ['acks', PROTOCOL.ack, ({ boot }) => boot === null],
  ];
  test.each(refuses)('what it refuses of %s does not', (file, message, isRefused) => {
    const refused = casesOf(`../../../../firmware/test/vectors/${file}.json`).filter(isRefused);
    expect(refused.length).toBeGreaterThan(5);
    for (const one of refused) {
      expect([one.name, faultOf(message, payloadBytes(one))]).toEqual([one.name, expect.any(String)]);
    }
  });
});

test('a simulated day fits: topics, payloads, QoS and what is retained', async () => {
  let now = Date.parse('2025-10-24T00:00:00Z');
  const seen = new Set<string>();
  const device = new SimulatedDevice({
    deviceId: 'dev-1',
    clock: { now: () => now, sleep: () => Promise.resolve() },
    random: seededRandom(7),
    intervalMs: 600_000,
    audioIntervalMs: 6 * 3_600_000,
    recordingS: 0.1,
    publish: ({ topic, payload, qos, retain }) => {
      const message = messageAt(topic)!;
      expect([topic, faultOf(message, payload)]).toEqual([topic, undefined]);
      expect({ topic, qos, retain }).toEqual({ topic, qos: message.qos, retain: message.retain });
      seen.add(message.name);
    },
  });
  await device.start();
  for (; now < Date.parse('2025-10-25T00:00:00Z'); now += 300_000) await device.tick();
  expect([...seen].sort()).toEqual(['audio', 'humidity', 'status', 'temperature', 'window-state']);
});
