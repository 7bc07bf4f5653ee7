import type { CommandSeen, EpochMs, InferenceAsked } from '../event.js';
import { answers, isLegacy } from '../inference/answers.js';
import type { InferenceRequest } from '../inference-engine.js';
import type { Position } from '../journal.js';

/** A device's newest request, as the journal has it. */
interface Asked {
  readonly position: Position;
  readonly request: InferenceRequest;
  readonly replayed: boolean;
  /** Until when a command may answer it. */
  readonly untilMs: EpochMs;
  /** Newest command that answered it: as long as that may be replayed, so must this. */
  answeredAt: Position;
}

/** What a command turned out to be. */
export interface Attributed {
  readonly event: CommandSeen;
  /** It comes from a legacy service, which sends no answer of its own (P-25): its prediction is made of it. */
  readonly legacy?: { readonly requestId: string; readonly timestampMs: EpochMs };
}

export interface AttributionOptions {
  /** How long after a request a command may answer it (P-27). Milliseconds. */
  readonly timeoutMs: number;
  /** When this process started: what was asked before may be answered a while after. */
  readonly startedMs: EpochMs;
}

/**
 * Which request a command answers that does not say so (P-27): the device's newest, when both speak of the same air. Fed with the journal in
 * its order, it comes to the same result when the journal is read again.
 */
export class Attribution {
  readonly #newest = new Map<string, Asked>();
  /** Nothing can answer them any more. Oldest first. */
  readonly #over: Asked[] = [];

  constructor(private readonly options: AttributionOptions) {}

  /** Takes charge of the request's position until {@link Attribution.release} hands it back. */
  asked(position: Position, { deviceId, receivedAtMs, request }: InferenceAsked, replayed: boolean): void {
    const { timeoutMs, startedMs } = this.options;
    this.#retire(receivedAtMs);
    const before = this.#newest.get(deviceId);
    if (before !== undefined) this.#over.push(before);
    // At the end of the map: in the order of their time.
    this.#newest.delete(deviceId);
    const untilMs = (replayed ? Math.max(receivedAtMs, startedMs) : receivedAtMs) + timeoutMs;
    this.#newest.set(deviceId, { position, request, replayed, untilMs, answeredAt: 0 });
  }

  attribute(position: Position, event: CommandSeen): Attributed {
    const { command, receivedAtMs } = event;
    // Ours says what it answers, and sends an answer of its own.
    if (!isLegacy(command)) return { event };
    const asked = this.#newest.get(event.deviceId);
    if (asked === undefined || receivedAtMs > asked.untilMs || !answers(command, asked.request)) {
      return { event, legacy: { requestId: command.requestId || command.commandId, timestampMs: command.timestampMs } };
    }
    asked.answeredAt = position;
    const { requestId, timestampMs, knownAudio } = asked.request;
    const audioSha256 = command.audioSha256 ?? knownAudio?.sha256;
    const attributed = { ...command, requestId, ...(audioSha256 !== undefined && { audioSha256 }) };
    return { event: { ...event, command: attributed }, legacy: { requestId, timestampMs } };
  }

  /** Positions with which nothing more is to be done. @param settledUpTo every command up to here is stored. */
  release(settledUpTo: Position): readonly Position[] {
    const released: Position[] = [];
    for (const asked of this.#over.splice(0)) {
      if (asked.answeredAt <= settledUpTo) released.push(asked.position);
      else this.#over.push(asked);
    }
    return released;
  }

  #retire(nowMs: EpochMs): void {
    for (const [deviceId, asked] of this.#newest) {
      if (asked.untilMs >= nowMs) return;
      this.#newest.delete(deviceId);
      this.#over.push(asked);
    }
  }
}
