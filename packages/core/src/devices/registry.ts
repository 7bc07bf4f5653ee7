import type { Context } from '../component.js';
import { LouverError } from '../errors.js';
import type { ConfigReported, EpochMs, InboundEvent } from '../event.js';
import { timeSlice } from '../ingest/time-slice.js';
import type { DerivedRecord } from '../journal.js';
import type { DeviceTally } from '../options.js';
import type { DeviceRow } from '../tables.js';
import { readConfig, withDesired, withReport, writeConfig, type DeviceConfig } from './config-shadow.js';

/** `last_seen` is written at most this often for a device (protocol.md §4). */
const LAST_SEEN_INTERVAL_MS = 30_000;
/** How often silence is looked for: twice in the time that it may last, within these. */
const SWEEP_MS = { least: 500, most: 30_000 };

interface Entry {
  row: DeviceRow;
  /** What the device has said of its configuration and is not in the row yet. */
  report?: ConfigReported | undefined;
  seenMs: EpochMs;
  writtenMs: EpochMs;
}

export interface RegistryOptions {
  readonly inactiveAfterMs: number;
  readonly context: Context;
  /** Where rows go: resolves when the journal has them. Only {@link DeviceRegistry.configure} waits for it. */
  readonly write: (records: readonly DerivedRecord[]) => Promise<void>;
  /** A device is known, from before this start (`known`) or by one of its events. */
  readonly onDevice?: (row: DeviceRow, event: string) => void;
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
    this.#devices.set(row.device_id, { row, seenMs, writtenMs: row.last_seen, report: known?.report });
  }

  /** How often {@link sweep} is to be called. */
  get sweepMs(): number {
    return Math.min(SWEEP_MS.most, Math.max(SWEEP_MS.least, this.options.inactiveAfterMs / 2));
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

  /** Whether what storage and journal have is known. */
  get isReady(): boolean {
    return this.#recalled && this.#begunMs !== undefined;
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

  /** `undefined` as long as it is not known which there are. Those taken out of use are none. */
  tally(): DeviceTally | undefined {
    if (!this.isReady) return undefined;
    let active = 0;
    let inactive = 0;
    for (const { row } of this.#devices.values()) {
      if (row.deleted_at !== 0) continue;
      if (row.is_active) active++;
      else inactive++;
    }
    return { active, inactive };
  }

  /** Called for every message of a device; allocates only when something is to be written. */
  saw(deviceId: string, receivedAtMs: EpochMs): void {
    const entry = this.#devices.get(deviceId) ?? this.#add(deviceId, receivedAtMs);
    if (receivedAtMs > entry.seenMs) entry.seenMs = receivedAtMs;
    if (this.isReady) this.#update(entry);
  }

  /** What a device says of its configuration. */
  reported(event: ConfigReported): void {
    const { deviceId, receivedAtMs } = event;
    const entry = this.#devices.get(deviceId) ?? this.#add(deviceId, receivedAtMs);
    entry.report = event;
    if (this.isReady) this.#update(entry);
  }

  /** How the device should work and does. `undefined`: there is no such device. Throws retryable `E_STORAGE_UNAVAILABLE` as long as that is not known. */
  configOf(deviceId: string): DeviceConfig | undefined {
    if (!this.isReady)
      throw new LouverError('E_STORAGE_UNAVAILABLE', 'storage has not said yet what devices there are');
    const entry = this.#devices.get(deviceId);
    return entry?.row.deleted_at === 0 ? readConfig(entry.row.config) : undefined;
  }

  /** What people want of a device that there is. Resolves when the journal has it. Throws as {@link configOf} does. */
  async configure(deviceId: string, values: Readonly<Record<string, number>>, nowMs: EpochMs): Promise<void> {
    const config = this.configOf(deviceId);
    const entry = this.#devices.get(deviceId);
    if (config === undefined || entry === undefined)
      throw new LouverError('E_CONFIG', `there is no device ${deviceId}`);
    const { desired } = withDesired(config, values, nowMs);
    if (desired === undefined || desired === config.desired) return;
    const { version } = desired;
    const detail = JSON.stringify({ desired: { version, ...values } });
    const column = writeConfig(entry.row.config, { ...config, desired });
    await this.#write(entry, { config: column }, { name: 'configured', atMs: nowMs, detail });
  }

  /**
   * Takes a device out of use: what was wanted of it is forgotten, its readings stay. A message of later registers it again. Resolves when the journal
   * has it, to whether there was such a device. Throws as {@link configOf} does.
   */
  async decommission(deviceId: string, nowMs: EpochMs): Promise<boolean> {
    const config = this.configOf(deviceId);
    const entry = this.#devices.get(deviceId);
    if (config === undefined || entry === undefined) return false;
    const { inForce } = config;
    const column = writeConfig(entry.row.config, inForce === undefined ? {} : { inForce });
    // Not before its last_seen, or it would have been seen since.
    const deletedMs = Math.max(nowMs, entry.seenMs, entry.writtenMs + 1);
    const gone = { deleted_at: deletedMs, is_active: false, config: column };
    await this.#write(entry, gone, { name: 'decommissioned', atMs: nowMs });
    return true;
  }

  /** Marks devices that have been silent for too long. */
  async sweep(nowMs: EpochMs): Promise<void> {
    if (!this.#recalled || this.#begunMs === undefined) return;
    const slice = timeSlice();
    for (const entry of this.#devices.values()) {
      const silentMs = nowMs - Math.max(entry.seenMs, this.#begunMs);
      if (!entry.row.is_active || silentMs < this.options.inactiveAfterMs) continue;
      void this.#write(entry, { is_active: false }, { name: 'inactive', atMs: nowMs });
      await slice.over();
    }
  }

  #add(deviceId: string, receivedAtMs: EpochMs): Entry {
    const entry: Entry = { row: newDevice(deviceId, receivedAtMs), seenMs: receivedAtMs, writtenMs: -Infinity };
    this.#devices.set(deviceId, entry);
    return entry;
  }

  async #updateAll(): Promise<void> {
    if (!this.isReady) return;
    const slice = timeSlice();
    for (const entry of this.#devices.values()) {
      if (entry.writtenMs !== -Infinity) this.options.onDevice?.(entry.row, 'known');
      this.#update(entry);
      await slice.over();
    }
  }

  #update(entry: Entry): void {
    const { row, seenMs, writtenMs, report } = entry;
    if (writtenMs === -Infinity) void this.#write(entry, {}, { name: 'registered', atMs: row.registered_at });
    else if (row.deleted_at !== 0) {
      // What was said before its end and is read only now does not bring it back.
      if (seenMs <= row.deleted_at) return;
      void this.#write(entry, { deleted_at: 0, is_active: true }, { name: 'registered', atMs: seenMs });
    } else if (!row.is_active && seenMs > writtenMs) {
      void this.#write(entry, { is_active: true }, { name: 'active', atMs: seenMs });
    } else if (seenMs - writtenMs >= LAST_SEEN_INTERVAL_MS) void this.#write(entry, {});
    if (report === undefined) return;
    entry.report = undefined;
    this.#take(entry, report);
  }

  #take(entry: Entry, event: ConfigReported): void {
    const config = readConfig(entry.row.config);
    const told = withReport(config, event);
    if (told === config) return;
    const { atMs, ...reported } = told.reported!;
    const detail = JSON.stringify({ reported, in_force: told.inForce });
    void this.#write(entry, { config: writeConfig(entry.row.config, told) }, { name: 'configured', atMs, detail });
  }

  #write(entry: Entry, change: Partial<DeviceRow>, event?: RegistryEvent): Promise<void> {
    // The row must win over every earlier one of the device: ReplacingMergeTree keeps the newest last_seen.
    const lastSeen = Math.max(entry.seenMs, entry.writtenMs + 1, entry.row.registered_at);
    entry.row = { ...entry.row, ...change, last_seen: lastSeen };
    entry.writtenMs = lastSeen;
    const records: DerivedRecord[] = [{ type: 'derived', table: 'device_registry', row: entry.row }];
    if (event !== undefined) {
      const { name, atMs, detail = '{}' } = event;
      const row = { timestamp: atMs, device_id: entry.row.device_id, event: name, detail };
      records.push({ type: 'derived', table: 'device_events', row });
      this.options.context.logger.info('device', { deviceId: entry.row.device_id, event: name });
      this.options.onDevice?.(entry.row, name);
    }
    return this.options.write(records);
  }
}

interface RegistryEvent {
  readonly name: string;
  readonly atMs: EpochMs;
  /** JSON. */
  readonly detail?: string;
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
