import type { EpochMs, OutboundMessage } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { esp32Codec, PROTOCOL, seededRandom, SimulatedDevice } from '../../src/index.js';
import { payloadBytes, type VectorCase } from '../../generate/vectors-header.js';
import { firmwareCases } from './vector-cases.js';

interface Control extends VectorCase {
  readonly retained: boolean;
  readonly nowMs: EpochMs;
  readonly lastMs: EpochMs | null;
  readonly lastId: string;
  readonly outcome: 'obeyed' | 'confirmed' | 'expired' | 'rejected' | 'ignored';
  readonly centipercent: number | null;
  readonly commandId: string;
  readonly timestampMs: EpochMs | null;
  readonly expiresAtMs: EpochMs | null;
}

interface State {
  readonly target: number;
  readonly command_id: string;
  readonly result: string;
}

const topic = PROTOCOL.windowControl.topic.replace('{device_id}', 'dev-1');
/** Where the last command of a case has sent the window. */
const LAST_TARGET = 10;

describe('commands for the window', () => {
  test.each(firmwareCases<Control>('controls'))('what is read: %s', (_name, one) => {
    const decode = (): unknown =>
      esp32Codec().decode({ topic, payload: payloadBytes(one), receivedAtMs: one.nowMs, deliveryId: 'd' });
    if (one.outcome === 'rejected' && one.centipercent === null) return expect(decode).toThrow();
    if (one.outcome === 'ignored') return expect(decode).not.toThrow();
    const command = {
      position: one.centipercent! / 100,
      timestampMs: one.timestampMs ?? one.nowMs,
      ...(one.commandId === '' ? undefined : { commandId: one.commandId }),
    };
    expect(decode()).toMatchObject([{ kind: 'command-seen', command }]);
    const [seen] = decode() as readonly { readonly command: { readonly expiresAtMs?: number } }[];
    expect(seen!.command.expiresAtMs ?? null).toBe(one.expiresAtMs);
  });

  test.each(firmwareCases<Control>('controls'))('what is done: %s', async (_name, one) => {
    const states: State[] = [];
    const device = new SimulatedDevice({
      deviceId: 'dev-1',
      clock: { now: () => one.nowMs, sleep: () => Promise.resolve() },
      random: seededRandom(1),
      publish: ({ payload }: OutboundMessage) => void states.push(JSON.parse(payload as string) as State),
    });
    if (one.lastMs !== null) {
      const timestamp = new Date(one.lastMs).toISOString();
      await device.onMessage(topic, JSON.stringify({ timestamp, position: LAST_TARGET, command_id: one.lastId }));
    }
    const targetBefore = states.at(-1)?.target ?? 0;
    states.length = 0;
    await device.onMessage(topic, payloadBytes(one), one.retained);
    if (one.outcome === 'ignored') return expect(states).toEqual([]);
    expect(states).toHaveLength(1);
    const [{ target, command_id: commandId, result }] = states as [State];
    const isRefused = one.outcome === 'expired' || one.outcome === 'rejected';
    if (isRefused) expect(result).toBe(one.outcome);
    else expect(['done', 'moving']).toContain(result);
    expect(target).toBe(one.outcome === 'obeyed' ? one.centipercent! / 100 : targetBefore);
    if (one.commandId !== '' || one.centipercent === null) expect(commandId).toBe(one.commandId);
  });
});
