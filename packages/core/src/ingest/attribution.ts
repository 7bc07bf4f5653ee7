import type { CommandSeen, EpochMs, InferenceAnswered, InferenceAsked } from '../event.js';
import { answers, isLegacy } from '../inference/answers.js';
import type { InferenceRequest } from '../inference-engine.js';
import type { Position } from '../journal.js';

/** A device's newest request, as the journal has it. */
interface Asked {
  readonly position: Position;
  readonly request: InferenceRequest;
  /** Until when a command may answer it. */
  readonly untilMs: EpochMs;
  /** Newest command that was held against it, whether it fitted or not: as long as that may be read again, so must this. */
  heldAgainst: Position;
}

/** What a command turned out to be. */
export interface Attributed {
  readonly event: CommandSeen;
  /** It comes from a legacy service, which sends no answer of its own (P-25): its prediction is made of it. */
  readonly legacy?: { readonly requestId: string; readonly timestampMs: EpochMs };
}

/**
 * Which request a command answers that does not say so (P-27): the device's newest, when it came in time and both speak of the same air. Fed
 * with the journal in its order and with nothing else, neither clock nor start of the process: read again, a command is attributed as before.
 */
export class Attribution {
  /** By device, oldest first. */
  readonly #newest = new Map<string, Asked>();
  /** Superseded or too old, with a command that was held against them. */
  readonly #over: Asked[] = [];
  #releasable: Position[] = [];
  #settledUpTo: Position = 0;

  /** @param timeoutMs how long after a request a command may answer it (P-27). */
  constructor(private readonly timeoutMs: number) {}

  /** Takes charge of the request's position until {@link Attribution.release} hands it back. */
  asked(position: Position, { deviceId, receivedAtMs, request }: InferenceAsked): void {
    this.#retire(deviceId);
    this.#newest.set(deviceId, { position, request, untilMs: receivedAtMs + this.timeoutMs, heldAgainst: 0 });
  }

  attribute(position: Position, event: CommandSeen): Attributed {
    const { command, receivedAtMs, deviceId } = event;
    // Ours says what it answers, and sends an answer of its own.
    if (!isLegacy(command)) return { event };
    const asked = this.#newest.get(deviceId);
    const inTime = asked !== undefined && receivedAtMs <= asked.untilMs;
    if (inTime) asked.heldAgainst = position;
    if (!inTime || !answers(command, asked.request)) {
      return { event, legacy: { requestId: command.requestId || command.commandId, timestampMs: command.timestampMs } };
    }
    const { requestId, timestampMs, knownAudio } = asked.request;
    const audioSha256 = command.audioSha256 ?? knownAudio?.sha256;
    const attributed = { ...command, requestId, ...(audioSha256 !== undefined && { audioSha256 }) };
    return { event: { ...event, command: attributed }, legacy: { requestId, timestampMs } };
  }

  /** A service that says which request it means has no need of any of this: the request keeps nothing. */
  answered({ deviceId, answer }: InferenceAnswered): void {
    if (this.#newest.get(deviceId)?.request.requestId === answer.requestId) this.#retire(deviceId);
  }

  /**
   * Positions with which nothing more is to be done.
   * @param settledUpTo every command up to here is stored.
   * @param passedMs what comes from now on was received then or later.
   */
  release(settledUpTo: Position, passedMs: EpochMs): readonly Position[] {
    for (const [deviceId, { untilMs }] of this.#newest) {
      if (untilMs >= passedMs) break;
      this.#retire(deviceId);
    }
    if (settledUpTo > this.#settledUpTo) {
      this.#settledUpTo = settledUpTo;
      for (const asked of this.#over.splice(0)) this.#put(asked);
    }
    const released = this.#releasable;
    if (released.length > 0) this.#releasable = [];
    return released;
  }

  #retire(deviceId: string): void {
    const asked = this.#newest.get(deviceId);
    if (asked === undefined) return;
    this.#newest.delete(deviceId);
    this.#put(asked);
  }

  #put(asked: Asked): void {
    if (asked.heldAgainst <= this.#settledUpTo) this.#releasable.push(asked.position);
    else this.#over.push(asked);
  }
}
