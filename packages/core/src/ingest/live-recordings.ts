import type { EpochMs } from '../event.js';
import type { Decoded } from './decoder.js';
import { RecordingAssembler, type Concluded } from './recording-assembler.js';

const NONE: readonly Decoded[] = [];

/**
 * Recordings in parts for those who listen to the live stream: device state, acknowledgements, onlookers. What becomes of their rows is the row
 * stage's own business. Shown is only what the journal has: so a recording is durable when all of it is.
 */
export class LiveRecordings {
  readonly #assembler = new RecordingAssembler<Decoded['place']>();

  /** Recordings that are complete with this message; one that cannot be read as an error, like a message. */
  take(decoded: Decoded): readonly Decoded[] {
    if (!('events' in decoded) || decoded.events[0]?.kind !== 'recording-part') return NONE;
    const { events, message, place } = decoded;
    const wholes: Decoded[] = [];
    for (const event of events) {
      if (event.kind !== 'recording-part') continue;
      for (const concluded of this.#assembler.add(event, message, place)) {
        const whole = wholeOf(concluded);
        if (whole !== undefined) wholes.push(whole);
      }
    }
    return wholes;
  }

  expire(passedMs: EpochMs): void {
    this.#assembler.expire(passedMs);
  }
}

function wholeOf(concluded: Concluded<Decoded['place']>): Decoded | undefined {
  const { places, message } = concluded;
  const place = places.at(-1)!;
  if (concluded.kind === 'complete') return { message, place, events: [concluded.event] };
  // What is not complete may be sent again.
  const isFinal = concluded.kind === 'given-up' && concluded.why === 'undecodable';
  return isFinal ? { message, place, error: concluded.error } : undefined;
}
