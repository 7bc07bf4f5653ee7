import { backoffMs } from '../retry.js';

/** How a connection, or the attempt to make one, came to its end. */
export type EndKind =
  /** Nobody answers, or a broker that says: not now. */
  | 'away'
  /** The broker is there and does not want us, or what we send; or we do not trust it. */
  | 'refused'
  /** It was up, and the broker ended it without a word: it stopped, or somebody else has taken the session. */
  | 'cut'
  /** It was up, and another client with our client id has taken the session: the broker has said so. */
  | 'taken'
  /** We ended it, so that the broker sends again what is not acknowledged. */
  | 'returned'
  /** The same, after everything was acknowledged that it had brought before there was no room for more. */
  | 'overflowed';

/**
 * A reading published after the broker's return is to be stored within 2 s: 1 s of waiting here at the most, 0.2 s until a batch of rows is
 * closed, and the rest for CONNECT, SUBSCRIBE, two round trips and the insert. An attempt per second costs a broker nothing.
 */
const AWAY = { baseMs: 50, maxMs: 1_000 };
/** Asking again does not mend a password; brokers lock out who asks often. */
const REFUSED = { baseMs: 1_000, maxMs: 30_000 };
/**
 * The first attempt follows at once: it fails when the broker has stopped, and is then `away`. When it succeeds the broker was there all the
 * time, and the more often this happens, the more probable it is that another client takes the session from us, and we from it.
 */
const CUT = { baseMs: 50, maxMs: 30_000 };
/** A connection that lived this long ends a row of failures. */
const STABLE_MS = 5_000;
/** The other client waits as long as we do: while the two take the session from each other, no connection lives longer than that. */
const UNCONTESTED_MS = 2 * CUT.maxMs;
const CONTESTED_AFTER = 3;

/** When to try again, with jitter. */
export class Reconnection {
  private away = 0;
  private refused = 0;
  private cuts = 0;
  private returned = 0;

  constructor(private readonly random: () => number) {}

  /** The broker was there and ended one connection after the other: two clients have the same client id. */
  get contested(): boolean {
    return this.cuts >= CONTESTED_AFTER;
  }

  /** Whether a connection that has lived this long may still be one of such a row. */
  isContested(livedMs: number): boolean {
    return this.contested && livedMs < UNCONTESTED_MS;
  }

  /** @param livedMs since CONNACK; undefined: there was none. @returns milliseconds to wait before the next attempt */
  waitMs(kind: EndKind, livedMs: number | undefined): number {
    if (livedMs !== undefined && livedMs >= STABLE_MS) this.away = this.refused = this.returned = 0;
    if (kind === 'away' || (livedMs !== undefined && livedMs >= UNCONTESTED_MS)) this.cuts = 0;
    switch (kind) {
      case 'away':
        return backoffMs(this.away++, AWAY, this.random);
      case 'refused':
        return backoffMs(this.refused++, REFUSED, this.random);
      case 'cut':
        return backoffMs(this.cuts++, CUT, this.random);
      case 'taken':
        return backoffMs(this.cuts++, REFUSED, this.random);
      case 'returned':
        return backoffMs(this.returned++, CUT, this.random);
      case 'overflowed':
        // Each connection takes what there is room for: no row of failures.
        return backoffMs(0, CUT, this.random);
    }
  }
}
