import { countCommand } from '../devices/count-command.js';
import type { InboundEvent } from '../event.js';
import type { Metrics } from '../metrics.js';
import type { Decoded } from './decoder.js';

type Kind = InboundEvent['kind'] | 'unknown';
type Result = 'accepted' | 'dead-letter';

/** Counts what is taken in by what it tells, without making anything per message. */
export class IntakeCount {
  readonly #labels: Readonly<Record<Result, Map<Kind, Readonly<Record<string, string>>>>> = {
    accepted: new Map(),
    'dead-letter': new Map(),
  };

  constructor(private readonly metrics: Metrics) {}

  /** Once for each message that the journal has. */
  observe(decoded: Decoded): void {
    if (!('events' in decoded)) {
      this.#message('unknown', 'dead-letter');
      this.#error(decoded.error.reason);
      return;
    }
    let first: Kind | undefined;
    for (const event of decoded.events) {
      if (event.kind === 'rejected') this.#error(event.reason);
      else first ??= event.kind;
      if (event.kind === 'window-state') this.metrics.count('command_reports_total', { result: event.result });
      else if (event.kind === 'command-seen' && event.command.source === 'external')
        countCommand(this.metrics, 'external', 'seen');
    }
    // One with bad members only is a message that could not be decoded; one without any event is of no kind.
    if (first !== undefined) this.#message(first, 'accepted');
    else this.#message('unknown', decoded.events.length > 0 ? 'dead-letter' : 'accepted');
  }

  #message(kind: Kind, result: Result): void {
    const ofResult = this.#labels[result];
    let labels = ofResult.get(kind);
    if (labels === undefined) {
      labels = { kind, result };
      ofResult.set(kind, labels);
    }
    this.metrics.count('messages_total', labels);
  }

  #error(code = 'wrong-type'): void {
    this.metrics.count('decode_errors_total', { code });
  }
}
