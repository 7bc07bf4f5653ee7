import type { WindowAsked } from '../asked.js';
import type { Codec } from '../codec.js';
import type { WindowCommand } from '../command.js';
import type { Context } from '../component.js';
import { withDeadline } from '../deadline.js';
import { LouverError } from '../errors.js';
import type { InboundEvent, WindowState } from '../event.js';
import { idOf } from '../id-of.js';
import type { WindowActionRow } from '../tables.js';
import type { Transport } from '../transport.js';
import { sent } from './count-command.js';

/** Whoever asks waits for it. */
const SEND_WITHIN_MS = 5_000;
/** Storage is asked once for each device after a start; a person does not wait for it longer. */
const RECALL_WITHIN_MS = 1_000;

export interface ManualControlOptions {
  readonly codec: Codec;
  readonly transport: Transport;
  readonly commandTtlMs: number;
  /** The newest stored command of a device. Absent: storage cannot be read back. */
  readonly lastAction: ((deviceId: string) => Promise<WindowActionRow | undefined>) | undefined;
  readonly context: Context;
  readonly onSent: (command: WindowCommand) => void;
}

/** What is known of a window. */
interface Window {
  /** The newest command, whoever sent it. */
  last: Pick<WindowCommand, 'commandId' | 'timestampMs'> | undefined;
  /** The newest of a person. */
  manual?: WindowCommand;
  /** The window has said since the newest command that it does something else. */
  isElsewhere: boolean;
  /** As reported (P-33). */
  positionPercent?: number;
  /** What is sent to it goes out in order. */
  line?: Promise<unknown>;
}

/**
 * Windows as people want them (P-34): each demand becomes one command. What is delivered once more becomes none: its id follows from the command
 * before it, and while that very command stands it is sent again as it was.
 */
export class ManualControl {
  readonly #windows = new Map<string, Window>();

  constructor(private readonly options: ManualControlOptions) {}

  /** Commands and states, from before this start too. */
  observe(event: InboundEvent): void {
    if (event.kind === 'command-seen') this.#saw(this.#window(event.deviceId), event.command);
    else if (event.kind === 'window-state') this.#heard(this.#window(event.deviceId), event);
  }

  /**
   * Sends the command that moves the window; resolves to it when the broker has it. Rejects with `E_CONFIG` for a stop of a window that has not
   * said where it is, else with `E_TRANSPORT` or `E_TIMEOUT`.
   * @param isRepeat the demand may have been delivered before.
   */
  move(
    deviceId: string,
    wanted: WindowAsked['wanted'],
    { isRepeat }: { readonly isRepeat: boolean },
  ): Promise<WindowCommand> {
    const window = this.#window(deviceId);
    const moving = (window.line ?? Promise.resolve()).then(() => this.#move(deviceId, window, wanted, isRepeat));
    window.line = moving.catch(() => undefined);
    return moving;
  }

  async #move(
    deviceId: string,
    window: Window,
    wanted: WindowAsked['wanted'],
    isRepeat: boolean,
  ): Promise<WindowCommand> {
    const position = wanted === 'stop' ? window.positionPercent : wanted;
    if (position === undefined) {
      const why = `the window of ${deviceId} has not said where it is, so it cannot be told to stay there`;
      throw new LouverError('E_CONFIG', `${why}: give a position`);
    }
    if (window.last === undefined) await this.#recall(deviceId, window);
    const { context, codec, transport, onSent } = this.options;
    const standing = this.#standing(window, position, isRepeat);
    if (standing !== undefined && standing.commandId !== window.last?.commandId) return standing;
    const command = standing ?? this.#command(deviceId, window, position);
    await sent(context.metrics, 'manual', () =>
      withDeadline(context.clock, SEND_WITHIN_MS, 'publishing a command', (signal) =>
        transport.publish(codec.encode(command), signal),
      ),
    );
    this.#saw(window, command);
    const { commandId, source } = command;
    context.logger.info('command sent', { deviceId, commandId, position, source, again: standing !== undefined });
    onSent(command);
    return command;
  }

  /** The command that this demand has led to already. */
  #standing({ manual, last, isElsewhere }: Window, position: number, isRepeat: boolean): WindowCommand | undefined {
    if (manual?.position !== position || manual.expiresAtMs! <= this.options.context.clock.now()) return undefined;
    const isNewest = manual.commandId === last?.commandId;
    return isRepeat || (isNewest && !isElsewhere) ? manual : undefined;
  }

  #command(deviceId: string, { last }: Window, position: number): WindowCommand {
    const { context, commandTtlMs } = this.options;
    const nowMs = context.clock.now();
    return {
      kind: 'window',
      deviceId,
      // Nobody knows of a command before: only the time tells this demand from one long ago.
      commandId: idOf('manual', deviceId, String(position), last?.commandId ?? `at ${nowMs}`),
      requestId: '',
      // Not older than the last one, or it would not be obeyed (P-24).
      timestampMs: Math.max(nowMs, last?.timestampMs ?? 0),
      expiresAtMs: nowMs + commandTtlMs,
      source: 'manual',
      position,
      confidence: 1,
      featuresUsed: { temperature: NaN, humidity: NaN, audioFeatures: [] },
    };
  }

  async #recall(deviceId: string, window: Window): Promise<void> {
    const { lastAction, context, commandTtlMs } = this.options;
    if (lastAction === undefined) return;
    try {
      const ask = () => lastAction(deviceId);
      const row = await withDeadline(context.clock, RECALL_WITHIN_MS, 'the last command', ask);
      // Meanwhile one may have been seen.
      if (row === undefined || window.last !== undefined) return;
      const { command_id: commandId, timestamp: timestampMs, position, source } = row;
      window.last = { commandId, timestampMs };
      if (source !== 'manual') return;
      const before = this.#command(deviceId, window, position);
      window.manual = { ...before, commandId, timestampMs, expiresAtMs: timestampMs + commandTtlMs };
    } catch (error) {
      context.logger.debug('the last command is not known', { deviceId, error: String(error) });
    }
  }

  #saw(window: Window, command: WindowCommand): void {
    const { commandId, timestampMs, source, expiresAtMs } = command;
    if (window.last !== undefined && timestampMs < window.last.timestampMs) return;
    if (window.last?.commandId !== commandId) window.isElsewhere = false;
    // Itself: whoever decides about the device keeps it too.
    window.last = command;
    if (source === 'manual' && expiresAtMs !== undefined) window.manual = command;
  }

  #heard(window: Window, { position, commandId, result }: WindowState): void {
    if (Number.isFinite(position)) window.positionPercent = position;
    if (commandId !== window.last?.commandId || result === 'rejected' || result === 'expired')
      window.isElsewhere = true;
  }

  #window(deviceId: string): Window {
    let window = this.#windows.get(deviceId);
    if (window === undefined) {
      window = { last: undefined, isElsewhere: false };
      this.#windows.set(deviceId, window);
    }
    return window;
  }
}
