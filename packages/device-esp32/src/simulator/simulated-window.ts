import type { EpochMs, WindowCommand, WindowState } from '@louver/core';

/** What a window answers to a command, and where it stands. */
export interface WindowReport {
  /** Percent open, 0..100. */
  readonly position: number;
  readonly target: number;
  readonly commandId: string;
  readonly result: WindowState['result'];
}

/** A window on a motor: moves at a constant speed and obeys only what P-24 lets it obey. */
export class SimulatedWindow {
  readonly #percentPerS: number;
  #position: number;
  #target: number;
  #commandId = '';
  #lastCommandMs = Number.NEGATIVE_INFINITY;
  #atMs: EpochMs | undefined;

  /** @param percentPerS Speed of the motor, above 0. @param position Percent open at the start. */
  constructor(percentPerS: number, position: number) {
    this.#percentPerS = percentPerS;
    this.#position = position;
    this.#target = position;
  }

  get position(): number {
    return this.#position;
  }

  get isMoving(): boolean {
    return this.#position !== this.#target;
  }

  /** When it will stand still, or Infinity when it does already. */
  arrivesAtMs(nowMs: EpochMs): EpochMs {
    if (!this.isMoving) return Number.POSITIVE_INFINITY;
    return Math.ceil(nowMs + (1000 * Math.abs(this.#target - this.#position)) / this.#percentPerS);
  }

  /** Moves on until `nowMs`. True when it arrived on the way. */
  advance(nowMs: EpochMs): boolean {
    const seconds = Math.max(0, nowMs - (this.#atMs ?? nowMs)) / 1000;
    this.#atMs = nowMs;
    if (!this.isMoving) return false;
    const distance = this.#target - this.#position;
    const reach = seconds * this.#percentPerS;
    this.#position = Math.abs(distance) <= reach ? this.#target : this.#position + Math.sign(distance) * reach;
    return !this.isMoving;
  }

  /**
   * Takes a command, or says why not: `expired`, or `rejected` when it is older than the last one that was taken. The command that it
   * already follows is only confirmed: a backend sends it again when a device comes online. Call `advance` first.
   */
  obey(command: WindowCommand, nowMs: EpochMs): WindowReport {
    // Two without a name are two commands.
    if (command.commandId !== '' && command.commandId === this.#commandId) return this.report();
    if (command.expiresAtMs !== undefined && command.expiresAtMs <= nowMs) return this.#refuse(command, 'expired');
    if (command.timestampMs < this.#lastCommandMs) return this.#refuse(command, 'rejected');
    this.#lastCommandMs = command.timestampMs;
    this.#commandId = command.commandId;
    this.#target = command.position;
    return this.report();
  }

  report(): WindowReport {
    return {
      position: this.#position,
      target: this.#target,
      commandId: this.#commandId,
      result: this.isMoving ? 'moving' : 'done',
    };
  }

  #refuse(command: WindowCommand, result: 'expired' | 'rejected'): WindowReport {
    return { position: this.#position, target: this.#target, commandId: command.commandId, result };
  }
}
