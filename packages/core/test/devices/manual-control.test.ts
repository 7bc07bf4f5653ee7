import {
  defaultContext,
  LouverError,
  type CommandSeen,
  type OutboundMessage,
  type WindowActionRow,
  type WindowCommand,
  type WindowState,
} from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { ManualControl } from '../../src/devices/manual-control.js';
import { memoryTransport } from '../../src/memory/memory-transport.js';
import { lineCodec } from '../support/line-codec.js';
import { lineTalk } from '../support/line-talk.js';
import { commandsOf, rig, settled, START_MS } from '../support/rig.js';

const TTL_MS = 300_000;
const once = { isRepeat: false };
const again = { isRepeat: true };

let clock: ReturnType<typeof manualClock>;
let sent: WindowCommand[];
let publish: () => Promise<void>;
let lastAction: ((deviceId: string) => Promise<WindowActionRow | undefined>) | undefined;
let windows: ManualControl;

/** As after a start: nothing is known. */
function start(): void {
  const codec = { ...lineCodec(), encode: (command: WindowCommand) => command as unknown as OutboundMessage };
  const transport = { ...memoryTransport(), publish: () => publish() };
  const context = defaultContext({ clock });
  const onSent = (command: WindowCommand): void => void sent.push(command);
  windows = new ManualControl({ codec: codec as never, transport, commandTtlMs: TTL_MS, lastAction, context, onSent });
}

beforeEach(() => {
  clock = manualClock(START_MS);
  sent = [];
  publish = () => Promise.resolve();
  lastAction = undefined;
  start();
});

const event = { deviceId: 'a', timestampMs: START_MS, timeSource: 'server', deviceTimestamp: '', receivedAtMs: START_MS, messageId: 'm', identified: true } as const; // prettier-ignore
const seen = (command: WindowCommand): CommandSeen => ({ ...event, kind: 'command-seen', command });
const state = (change: Partial<WindowState>): WindowState => ({ ...event, kind: 'window-state', position: 40, target: 40, commandId: '', result: 'done', ...change }); // prettier-ignore
const modelCommand = (commandId: string, timestampMs: number): WindowCommand => ({
  kind: 'window', deviceId: 'a', commandId, requestId: 'r', timestampMs, source: 'model', position: 70, confidence: 0.9,
  featuresUsed: { temperature: 20, humidity: 50, audioFeatures: [] },
}); // prettier-ignore

describe('a person’s demand', () => {
  test('is a command with an end, sure of itself', async () => {
    expect(await windows.move('a', 40, once)).toEqual({
      kind: 'window',
      deviceId: 'a',
      commandId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      requestId: '',
      timestampMs: START_MS,
      expiresAtMs: START_MS + TTL_MS,
      source: 'manual',
      position: 40,
      confidence: 1,
      featuresUsed: { temperature: NaN, humidity: NaN, audioFeatures: [] },
    });
  });

  test('that comes again, while the window does it, is the same command once more', async () => {
    const first = await windows.move('a', 40, once);
    await clock.advance(1_000);
    expect(await windows.move('a', 40, once)).toEqual(first);
    windows.observe(state({ commandId: first.commandId, result: 'moving' }));
    expect(await windows.move('a', 40, again)).toEqual(first);
    expect(sent).toHaveLength(3);
  });

  test.each([
    ['another position', () => undefined, 41],
    ['the window was moved by somebody else', () => windows.observe(state({ commandId: 'by hand' })), 40],
    ['it was rejected', () => windows.observe(state({ commandId: sent[0]!.commandId, result: 'rejected' })), 40],
    ['the model came between', () => windows.observe(seen(modelCommand('m1', START_MS + 1))), 40],
    ['its command has ended', () => clock.advance(TTL_MS), 40],
  ])('is a command of its own: %s', async (_what, meanwhile, position) => {
    const first = await windows.move('a', 40, once);
    await clock.advance(1);
    await Promise.resolve(meanwhile());
    const second = await windows.move('a', position, once);
    expect(second.commandId).not.toBe(first.commandId);
    expect(second.timestampMs).toBeGreaterThan(first.timestampMs);
  });

  test('that is delivered once more after another command moves nothing', async () => {
    const first = await windows.move('a', 40, once);
    windows.observe(seen(modelCommand('m1', START_MS + 1)));
    expect(await windows.move('a', 40, again)).toEqual(first);
    expect(sent).toHaveLength(1);
  });

  test('is never older than the command before it', async () => {
    windows.observe(seen(modelCommand('m1', START_MS + 5_000)));
    expect((await windows.move('a', 40, once)).timestampMs).toBe(START_MS + 5_000);
  });

  test('goes out in its turn', async () => {
    const going: (() => void)[] = [];
    publish = () => new Promise((resolve) => going.push(resolve));
    const both = [windows.move('a', 40, once), windows.move('a', 60, once)];
    await settled();
    expect(going).toHaveLength(1);
    going[0]!();
    await settled();
    going[1]!();
    await Promise.all(both);
    expect(sent.map(({ position }) => position)).toEqual([40, 60]);
  });

  test('that does not go out is told of, and the next one is the same command', async () => {
    publish = () => Promise.reject(new LouverError('E_TRANSPORT', 'away'));
    await expect(windows.move('a', 40, once)).rejects.toThrow('away');
    publish = () => new Promise(() => undefined);
    const late = windows.move('a', 40, once);
    const refused = expect(late).rejects.toThrow('E_TIMEOUT');
    await settled();
    await clock.advance(5_000);
    await refused;
    publish = () => Promise.resolve();
    await windows.move('a', 40, once);
    expect(sent).toHaveLength(1);
  });
});

describe('STOP', () => {
  test('stays where the window has said that it is', async () => {
    windows.observe(state({ position: 12.5, target: 80, result: 'moving' }));
    windows.observe(state({ position: NaN }));
    expect(await windows.move('a', 'stop', once)).toMatchObject({ position: 12.5, source: 'manual' });
  });

  test('is refused as long as that is not known', async () => {
    await expect(windows.move('a', 'stop', once)).rejects.toThrow('the window of a has not said where it is');
    expect(sent).toEqual([]);
  });
});

describe('after a start', () => {
  const row = (command: WindowCommand): WindowActionRow => ({
    timestamp: command.timestampMs, device_id: 'a', position: command.position, confidence: 1, temperature: NaN, humidity: NaN,
    audio_hash: '', command_id: command.commandId, request_id: '', source: command.source, model_version: '',
  }); // prettier-ignore

  test.each(['the journal', 'storage'])('what %s has of the last command is the same command still', async (who) => {
    const first = await windows.move('a', 40, once);
    if (who === 'storage') lastAction = () => Promise.resolve(row(first));
    start();
    if (who === 'the journal') windows.observe(seen(first));
    expect(await windows.move('a', 40, again)).toEqual(first);
  });

  test('a demand whose command nobody had seen gets the same id from the command before it', async () => {
    lastAction = () => Promise.resolve(row(modelCommand('m1', START_MS - 1_000)));
    start();
    const before = await windows.move('a', 40, once);
    await clock.advance(2_000);
    start();
    expect((await windows.move('a', 40, again)).commandId).toBe(before.commandId);
  });

  test('a storage that does not answer is not waited for longer than a second', async () => {
    lastAction = () => new Promise(() => undefined);
    start();
    const moving = windows.move('a', 40, once);
    await settled();
    await clock.advance(1_000);
    expect(await moving).toMatchObject({ position: 40 });
  });
});

describe('in a pipeline', () => {
  const talking = () => rig({ codec: { ...lineCodec(), talk: lineTalk } });

  test('what is asked is settled when its command is out, which is logged once', async () => {
    const { pipeline, transport, storage, clock: time, published } = talking();
    await pipeline.open();
    expect(await transport.inject('window?/a', '40')).toMatchObject({ level: 'answered' });
    await transport.inject('window?/a', '40');
    await pipeline.idle();
    await time.advance(1_000);
    const commands = commandsOf(published).map(({ payload }) => JSON.parse(String(payload)) as WindowCommand);
    expect(commands).toHaveLength(2);
    expect(storage.rows('window_actions')).toMatchObject([
      { command_id: commands[0]!.commandId, source: 'manual', position: 40, confidence: 1, temperature: NaN },
    ]);
  });

  test('what cannot be is counted and said, and settled', async () => {
    const { pipeline, transport, storage, logger, published } = talking();
    await pipeline.open();
    expect(await transport.inject('window?/a', 'up')).toMatchObject({ level: 'none' });
    expect(await transport.inject('window?/a', 'stop')).toMatchObject({ level: 'none' });
    await pipeline.idle();
    expect(commandsOf(published)).toEqual([]);
    expect(storage.rows('dead_letters')).toEqual([]);
    const said = logger.lines.filter(({ message }) => message === 'not answered');
    expect(said).toMatchObject([
      { level: 'warn', fields: { topic: 'window?/a', why: 'no number' } },
      {
        level: 'warn',
        fields: { topic: 'window?/a', why: expect.stringContaining('has not said where it is') as string },
      },
    ]);
  });
});
