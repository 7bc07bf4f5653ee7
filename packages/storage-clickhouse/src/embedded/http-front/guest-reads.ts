import type { Clock } from '@louver/core';
import type { GuestDoor } from '../guest-door.js';
import { engineFacts, type EngineFacts } from './engine-facts.js';
import { GuestError, refused } from './guest-error.js';
import type { GuestRequest } from './guest-request.js';
import type { GuestLimits } from './guest-settings.js';
import { Places } from './places.js';
import { Question, type Answer } from './question.js';

/** Each has a session, and a block of its answer. */
const MAX_OPEN = 8;
const MAX_WAITING = 64;

export interface GuestAnswer extends Answer {
  readonly facts: EngineFacts;
}

/** Answers readers: behind the guard, within limits, in turn with our own reads. */
export class GuestReads {
  readonly #door: GuestDoor;
  readonly #database: string;
  readonly #limits: GuestLimits;
  readonly #clock: Clock;
  readonly #places = new Places(MAX_OPEN, MAX_WAITING);
  #facts: EngineFacts | undefined;

  /** @param database where names without one are looked up */
  constructor(door: GuestDoor, database: string, limits: GuestLimits, clock: Clock) {
    this.#clock = clock;
    this.#door = door;
    this.#database = database;
    this.#limits = limits;
  }

  /** Resolves once there is something to send; whoever takes it closes it. Rejects with a {@link GuestError}. */
  async ask(request: GuestRequest, signal: AbortSignal): Promise<GuestAnswer> {
    const leave = await this.#places.take();
    try {
      const database = this.#databaseOf(request);
      this.#facts ??= await engineFacts(this.#door);
      const answer = await new Question(this.#door, this.#limits, request, signal, this.#clock).begin(
        this.#facts,
        database,
      );
      const close = (): void => {
        answer.close();
        leave();
      };
      return { ...answer, facts: this.#facts, close };
    } catch (error) {
      leave();
      throw GuestError.of(error);
    }
  }

  /** `default` is what clients say when nobody told them; nothing of ours is in it. */
  #databaseOf({ database }: GuestRequest): string {
    if (database === undefined || database === '' || database === 'default') return this.#database;
    if (database.toLowerCase() !== 'system') return database;
    throw refused('the database system is not for readers as a whole: write system.tables in full.');
  }
}
