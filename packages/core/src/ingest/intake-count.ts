import { countCommand } from '../devices/count-command.js';
import type { InboundEvent } from '../event.js';
import type { Metrics } from '../metrics.js';
import { QUANTITY_TABLES, type TableName } from '../tables.js';
import type { Decoded } from './decoder.js';

/** What a message tells, as an operator calls it: a closed set, whatever devices send. */
type MessageKind = (typeof KINDS)[keyof typeof KINDS] | 'temperature' | 'humidity' | 'unknown';
type Result = 'accepted' | 'dead-letter' | 'shed' | 'duplicate';

const KINDS = {
  scalar: 'scalar',
  waveform: 'audio',
  'recording-part': 'audio',
  'command-seen': 'command',
  'window-state': 'state',
  'device-status': 'status',
  'device-info': 'info',
  'config-reported': 'config',
  'inference-asked': 'inference',
  'inference-answered': 'inference',
} as const satisfies Readonly<Record<Exclude<InboundEvent['kind'], 'rejected'>, string>>;

const KINDS_OF_TABLES: Readonly<Partial<Record<TableName, MessageKind>>> = {
  sensor_temperature: 'temperature',
  sensor_humidity: 'humidity',
  sensor_scalar: 'scalar',
  sensor_audio: 'audio',
  window_actions: 'command',
  window_states: 'state',
};

/** Made once each: labels are part of every count. */
const LABELS: Readonly<Record<Result, Map<MessageKind, Readonly<Record<string, string>>>>> = {
  accepted: new Map(),
  'dead-letter': new Map(),
  shed: new Map(),
  duplicate: new Map(),
};

function countMessage(metrics: Metrics, kind: MessageKind, result: Result, by?: number): void {
  let labels = LABELS[result].get(kind);
  if (labels === undefined) {
    labels = { kind, result };
    LABELS[result].set(kind, labels);
  }
  metrics.count('messages_total', labels, by);
}

/** Nobody has looked into them. */
export function countShed(metrics: Metrics, messages: number): void {
  countMessage(metrics, 'unknown', 'shed', messages);
}

/**
 * A row that had been taken in before.
 * @param isLast of a message whose other rows had been too. That one has been counted as accepted when it came: then nobody knew.
 */
export function countRepeat(metrics: Metrics, table: TableName, isLast: boolean): void {
  metrics.count('duplicates_total', { table });
  if (isLast) countMessage(metrics, KINDS_OF_TABLES[table] ?? 'unknown', 'duplicate');
}

/** Counts what is taken in by what it tells. */
export class IntakeCount {
  constructor(private readonly metrics: Metrics) {}

  /** Once for each message that the journal has. */
  observe(decoded: Decoded): void {
    if (!('events' in decoded)) {
      countMessage(this.metrics, 'unknown', 'dead-letter');
      this.#error(decoded.error.reason);
      return;
    }
    let first: MessageKind | undefined;
    for (const event of decoded.events) {
      if (event.kind === 'rejected') this.#error(event.reason);
      else first ??= kindOf(event);
      if (event.kind === 'window-state') this.metrics.count('command_reports_total', { result: event.result });
      else if (event.kind === 'command-seen' && event.command.source === 'external')
        countCommand(this.metrics, 'external', 'seen');
    }
    // One with bad members only is a message that could not be decoded; one without any event is of no kind.
    if (first !== undefined) countMessage(this.metrics, first, 'accepted');
    else countMessage(this.metrics, 'unknown', decoded.events.length > 0 ? 'dead-letter' : 'accepted');
  }

  #error(code = 'wrong-type'): void {
    this.metrics.count('decode_errors_total', { code });
  }
}

function kindOf(event: Exclude<InboundEvent, { readonly kind: 'rejected' }>): MessageKind {
  // A device may name a quantity as it likes: only those with a table of their own are told apart.
  if (event.kind === 'scalar' && Object.hasOwn(QUANTITY_TABLES, event.quantity)) return event.quantity as MessageKind;
  return KINDS[event.kind];
}
