import fc from 'fast-check';
import type { CommandSeen, EventBase, InferenceAnswered, InferenceAsked, WindowCommand } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { Attribution } from '../../src/ingest/attribution.js';

const TIMEOUT_MS = 30_000;

type Entry = InferenceAsked | InferenceAnswered | CommandSeen;

function base(deviceId: string, receivedAtMs: number, messageId: string): EventBase {
  const rest = { timeSource: 'device', deviceTimestamp: '', identified: true } as const;
  return { deviceId, timestampMs: receivedAtMs, receivedAtMs, messageId, ...rest };
}

function asked(deviceId: string, atMs: number, id: string, temperature: number): InferenceAsked {
  const knownAudio = { sha256: `sound of ${id}`, recipe: '', values: {} };
  const scalars = { temperature, humidity: 50 };
  const request = {
    kind: 'inference-request',
    requestId: id,
    deviceId,
    timestampMs: atMs,
    scalars,
    knownAudio,
  } as const;
  return { ...base(deviceId, atMs, id), kind: 'inference-asked', request };
}

function answered(deviceId: string, atMs: number, requestId: string): InferenceAnswered {
  const numbers = { prediction: 1, confidence: 1, inferenceMs: 1, position: 1 };
  const answer = { requestId, modelVersion: 'm', held: false, reason: '', ...numbers };
  return { ...base(deviceId, atMs, `answer to ${requestId}`), kind: 'inference-answered', answer };
}

function seen(
  deviceId: string,
  atMs: number,
  id: string,
  temperature: number,
  own: Partial<WindowCommand> = {},
): CommandSeen {
  const command: WindowCommand = {
    kind: 'window', deviceId, commandId: id, requestId: '', timestampMs: atMs, source: 'external', position: 40,
    confidence: 0.5, featuresUsed: { temperature, humidity: 50, audioFeatures: [] }, ...own,
  }; // prettier-ignore
  return { ...base(deviceId, atMs, id), kind: 'command-seen', command };
}

const requestOf = (attribution: Attribution, position: number, event: CommandSeen): string =>
  attribution.attribute(position, event).event.command.requestId;

describe('a legacy command', () => {
  test('is the answer to the newest request of its device, when both speak of the same air', () => {
    const attribution = new Attribution(TIMEOUT_MS);
    attribution.asked(1, asked('a', 0, 'r1', 20.004));
    attribution.asked(2, asked('b', 0, 'r2', 20));
    expect(attribution.attribute(3, seen('a', 10, 'c', 20)).event.command).toMatchObject({
      requestId: 'r1',
      audioSha256: 'sound of r1',
    });
    attribution.asked(4, asked('a', 20, 'r3', 21));
    expect(requestOf(attribution, 5, seen('a', 20, 'late', 20))).toBe('');
    expect(requestOf(attribution, 6, seen('a', 20, 'c', 21))).toBe('r3');
    expect(requestOf(attribution, 7, seen('c', 20, 'c', 21))).toBe('');
  });

  test('comes in time or not at all', () => {
    const attribution = new Attribution(TIMEOUT_MS);
    attribution.asked(1, asked('a', 0, 'r1', 20));
    expect(requestOf(attribution, 2, seen('a', TIMEOUT_MS, 'c1', 20))).toBe('r1');
    expect(requestOf(attribution, 3, seen('a', TIMEOUT_MS + 1, 'c2', 20))).toBe('');
  });

  test('has a prediction of its own also when nothing was asked', () => {
    const attribution = new Attribution(TIMEOUT_MS);
    expect(attribution.attribute(1, seen('a', 7, 'c1', 20)).legacy).toEqual({ requestId: 'c1', timestampMs: 7 });
    expect(attribution.attribute(2, seen('a', 7, 'c2', NaN)).legacy).toEqual({ requestId: 'c2', timestampMs: 7 });
  });
});

test.each([{ source: 'manual' }, { source: 'model', modelVersion: 'm' }, { modelVersion: 'm' }] as const)(
  'a command that says where it comes from (%o) is left as it is',
  (own) => {
    const attribution = new Attribution(TIMEOUT_MS);
    attribution.asked(1, asked('a', 0, 'r1', 20));
    const event = seen('a', 10, 'c', 20, own);
    expect(attribution.attribute(2, event)).toEqual({ event });
  },
);

describe('a request is let go', () => {
  test('when it is superseded, its time has passed or a service has named it', () => {
    const attribution = new Attribution(TIMEOUT_MS);
    attribution.asked(1, asked('a', 0, 'r1', 20));
    attribution.asked(2, asked('b', 0, 'r2', 20));
    attribution.asked(3, asked('c', 100, 'r3', 20));
    expect(attribution.release(3, 100)).toEqual([]);
    attribution.asked(4, asked('a', 200, 'r4', 20));
    expect(attribution.release(4, 200)).toEqual([1]);
    expect(attribution.release(4, TIMEOUT_MS + 1)).toEqual([2]);
    attribution.answered(answered('c', 300, 'r1'));
    expect(attribution.release(5, TIMEOUT_MS + 1)).toEqual([]);
    attribution.answered(answered('c', 300, 'r3'));
    expect(attribution.release(6, TIMEOUT_MS + 1)).toEqual([3]);
  });

  test('not before the commands that were held against it are stored', () => {
    const attribution = new Attribution(TIMEOUT_MS);
    attribution.asked(1, asked('a', 0, 'r1', 20));
    attribution.attribute(2, seen('a', 10, 'other air', 25));
    attribution.asked(3, asked('a', 20, 'r3', 20));
    expect(attribution.release(0, 20)).toEqual([]);
    expect(attribution.release(1, 20)).toEqual([]);
    expect(attribution.release(2, 20)).toEqual([1]);
    expect(attribution.release(3, 20)).toEqual([]);
  });

  test('with many devices, each once', () => {
    const attribution = new Attribution(TIMEOUT_MS);
    const devices = 100_000;
    for (let i = 0; i < devices; i++) attribution.asked(i + 1, asked(`d${i}`, i, `r${i}`, 20));
    const released = new Set(attribution.release(devices, devices + TIMEOUT_MS));
    expect(released.size).toBe(devices);
    expect(attribution.release(devices, 2 * devices + TIMEOUT_MS)).toEqual([]);
  });
});

/** Which service answers a device: a legacy one, or one of our own, whose answers name the request. */
const SERVICES = { a: 'legacy', b: 'legacy', c: 'own' } as const;

const step = fc.record({
  asks: fc.boolean(),
  device: fc.constantFrom('a', 'b', 'c'),
  temperature: fc.constantFrom(20, 21),
  afterMs: fc.constantFrom(0, 1, 10_000, 25_000),
});

/** What the journal gets, in order: position = place + 1. */
const entries = fc.array(step, { maxLength: 14 }).map((steps): readonly Entry[] => {
  let nowMs = 0;
  const lastAsked = new Map<string, string>();
  return steps.map(({ asks, device, temperature, afterMs }, place): Entry => {
    nowMs += afterMs;
    if (asks) {
      lastAsked.set(device, `r${place + 1}`);
      return asked(device, nowMs, `r${place + 1}`, temperature);
    }
    if (SERVICES[device] === 'legacy') return seen(device, nowMs, `c${place + 1}`, temperature);
    return answered(device, nowMs, lastAsked.get(device) ?? 'unknown');
  });
});

/** P-27 in one sentence: the device's last request before the command, in time, of the same air. */
function expected(journal: readonly Entry[]): ReadonlyMap<number, string> {
  const attributed = new Map<number, string>();
  journal.forEach((entry, place) => {
    if (entry.kind !== 'command-seen') return;
    const before = journal.slice(0, place).filter(({ deviceId }) => deviceId === entry.deviceId);
    const last = before.findLast((other) => other.kind === 'inference-asked');
    const inTime = last !== undefined && entry.receivedAtMs - last.receivedAtMs <= TIMEOUT_MS;
    const same = last?.request.scalars.temperature === entry.command.featuresUsed.temperature;
    attributed.set(place + 1, inTime && same ? last.request.requestId : '');
  });
  return attributed;
}

type Action = { do: 'read' } | { do: 'store'; which: number } | { do: 'crash'; forgotten: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ do: 'read' } as const) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('store' as const), which: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), forgotten: fc.nat(3) }) },
);

/** The row stage's part: reads in order, stores in any order, settles; a crash may forget the last that was settled, never what is stored. */
function run(journal: readonly Entry[], actions: readonly Action[]): ReadonlyMap<number, string> {
  const stored = new Map<number, string>();
  const settled: number[] = [];
  let attribution = new Attribution(TIMEOUT_MS);
  let pending = new Map<number, string>();
  let unread = journal.map((_, place) => place + 1);
  let readUpTo = 0;
  let passedMs = -Infinity;

  const release = (): void => {
    const open = [...pending.keys()].sort((a, b) => a - b);
    settled.push(...attribution.release((open[0] ?? readUpTo + 1) - 1, passedMs));
  };
  const read = (): void => {
    const position = unread.shift();
    if (position === undefined) return;
    const entry = journal[position - 1]!;
    readUpTo = position;
    passedMs = entry.receivedAtMs;
    if (entry.kind === 'inference-asked') attribution.asked(position, entry);
    else if (entry.kind === 'command-seen') pending.set(position, requestOf(attribution, position, entry));
    else {
      attribution.answered(entry);
      pending.set(position, '');
    }
    release();
  };
  const store = (which: number): void => {
    const position = [...pending.keys()][which % Math.max(1, pending.size)];
    if (position === undefined) return;
    if (journal[position - 1]!.kind === 'command-seen' && !stored.has(position))
      stored.set(position, pending.get(position)!);
    pending.delete(position);
    settled.push(position);
    release();
  };
  for (const each of actions) {
    if (each.do === 'read') read();
    else if (each.do === 'store') store(each.which);
    else {
      settled.splice(Math.max(0, settled.length - each.forgotten));
      unread = journal.map((_, place) => place + 1).filter((position) => !settled.includes(position));
      attribution = new Attribution(TIMEOUT_MS);
      pending = new Map();
      readUpTo = 0;
    }
  }
  while (unread.length > 0) read();
  while (pending.size > 0) store(0);
  return stored;
}

test('whatever crashes and in whatever order rows are stored, every command is attributed as in one undisturbed run', () => {
  fc.assert(
    fc.property(entries, fc.array(action, { maxLength: 40 }), (journal, actions) => {
      const attributed = new Map([...run(journal, actions)].sort(([a], [b]) => a - b));
      expect(attributed).toEqual(expected(journal));
    }),
    { numRuns: 3000 },
  );
});
