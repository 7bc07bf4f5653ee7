import type { Context } from '../component.js';
import type { EpochMs, InboundEvent } from '../event.js';
import { timeSlice } from '../ingest/time-slice.js';
import type { DerivedRecord } from '../journal.js';
import type { DeviceRow } from '../tables.js';

/** `last_seen` is written at most this often for a device (protocol.md §4). */
const LAST_SEEN_INTERVAL_MS = 30_000;
/** How often silence is looked for. */
export const LIVENESS_INTERVAL_MS = 30_000;

interface Entry {
  row: DeviceRow;
  seenMs: EpochMs;
  writtenMs: EpochMs;
}

export interface RegistryOptions {
  readonly inactiveAfterMs: number;
  readonly context: Context;
  /** Where rows go; the registry does not wait for it. */
  readonly write: (records: readonly DerivedRecord[]) => void;
}

/**
 * Who is out there: a device is registered by its first message and inactive after a silence. Nothing is written before `recall`, since a
 * registry row carries the whole device and the newest wins: writing without knowing what is stored would undo a person's entries. Nor before
 * `begin`, since a device's first message may lie in the journal with the registration that it led to behind it.
 */
export class DeviceRegistry {
  readonly #devices = new Map<string, Entry>();
  #recalled = false;
  /** Since when somebody listens: silence before that is nobody's. `undefined` while the journal is still being replayed. */
  #begunMs: EpochMs | undefined;

  constructor(private readonly options: RegistryOptions) {}

  /** A row that is on its way to storage from before this start. The newest of a device counts. */
  restore(row: DeviceRow): void {
    const known = this.#devices.get(row.device_id);
    if (known !== undefined && known.writtenMs >= row.last_seen) return;
    const seenMs = Math.max(row.last_seen, known?.seenMs ?? 0);
    this.#devices.set(row.device_id, { row, seenMs, writtenMs: row.last_seen });
  }

  /** What storage has. */
  recall(rows: readonly DeviceRow[]): Promise<void> {
    for (const row of rows) this.restore(row);
    this.#recalled = true;
    return this.#updateAll();
  }

  /** The journal has been replayed: what a device left there before this start is known, and not written a second time. */
  begin(nowMs: EpochMs): Promise<void> {
    this.#begunMs = nowMs;
    return this.#updateAll();
  }

  has(deviceId: string): boolean {
    return this.#devices.has(deviceId);
  }

  /** Whether there is such a device; `undefined` as long as storage has not said which there are. */
  knows(deviceId: string): boolean | undefined {
    const entry = this.#devices.get(deviceId);
    if (entry !== undefined) return entry.row.deleted_at === 0;
    return this.#recalled ? false : undefined;
  }

  /** Called for every message of a device; allocates only when something is to be written. */
  saw(deviceId: string, receivedAtMs: EpochMs): void {
    let entry = this.#devices.get(deviceId);
    if (entry === undefined) {
      entry = { row: newDevice(deviceId, receivedAtMs), seenMs: receivedAtMs, writtenMs: -Infinity };
      this.#devices.set(deviceId, entry);
    } else if (receivedAtMs > entry.seenMs) entry.seenMs = receivedAtMs;
    if (this.#recalled && this.#begunMs !== undefined) this.#update(entry);
  }

  /** Marks devices that have been silent for too long. */
  async sweep(nowMs: EpochMs): Promise<void> {
    if (!this.#recalled || this.#begunMs === undefined) return;
    const slice = timeSlice();
    for (const entry of this.#devices.values()) {
      const silentMs = nowMs - Math.max(entry.seenMs, this.#begunMs);
      if (!entry.row.is_active || silentMs < this.options.inactiveAfterMs) continue;
      this.#write(entry, { is_active: false }, 'inactive', nowMs);
      await slice.over();
    }
  }

  async #updateAll(): Promise<void> {
    if (!this.#recalled || this.#begunMs === undefined) return;
    const slice = timeSlice();
    for (const entry of this.#devices.values()) {
      this.#update(entry);
      await slice.over();
    }
  }

  #update(entry: Entry): void {
    const { row, seenMs, writtenMs } = entry;
    if (writtenMs === -Infinity) this.#write(entry, {}, 'registered', row.registered_at);
    else if (!row.is_active && seenMs > writtenMs) this.#write(entry, { is_active: true }, 'active', seenMs);
    else if (seenMs - writtenMs >= LAST_SEEN_INTERVAL_MS) this.#write(entry, {});
  }

  #write(entry: Entry, change: Partial<DeviceRow>, event?: string, atMs: EpochMs = 0): void {
    // The row must win over every earlier one of the device: ReplacingMergeTree keeps the newest last_seen.
    const lastSeen = Math.max(entry.seenMs, entry.writtenMs + 1, entry.row.registered_at);
    entry.row = { ...entry.row, ...change, last_seen: lastSeen };
    entry.writtenMs = lastSeen;
    const records: DerivedRecord[] = [{ type: 'derived', table: 'device_registry', row: entry.row }];
    if (event !== undefined) {
      const row = { timestamp: atMs, device_id: entry.row.device_id, event, detail: '{}' };
      records.push({ type: 'derived', table: 'device_events', row });
      this.options.context.logger.info('device', { deviceId: entry.row.device_id, event });
    }
    this.options.write(records);
  }
}

function newDevice(deviceId: string, nowMs: EpochMs): DeviceRow {
  return {
    device_id: deviceId,
    name: deviceId,
    location: '',
    registered_at: nowMs,
    last_seen: nowMs,
    is_active: true,
    config: '{}',
    device_type: '',
    metadata: '{}',
    deleted_at: 0,
  };
}

/** Whether the message is the device's own word: not what backends send, nor what its broker says when it has gone. */
export function isFromDevice(event: InboundEvent): boolean {
  switch (event.kind) {
    case 'command-seen':
    case 'inference-asked':
    case 'inference-answered':
      return false;
    case 'device-status':
      return event.online;
    default:
      return true;
  }
}
