import {
  QUANTITY_TABLES,
  REPLAYED,
  type AudioRow,
  type DeviceRow,
  type LatestValue,
  type QuantityRow,
  type TableName,
  type Tables,
  type WindowActionRow,
} from '@louver/core';

/** What is asked for at every start and by every look at the devices: kept in memory, made from the files when they are opened. */
export class NewestRows {
  readonly #devices = new Map<string, DeviceRow>();
  readonly #values = new Map<string, { readonly value: LatestValue; readonly receivedMs: number }>();
  readonly #recordings = new Map<string, AudioRow>();
  readonly #actions = new Map<string, WindowActionRow>();
  /** `message_id` of the dead letters that have been taken in again. */
  readonly replayed = new Set<string>();

  /** Every row that is stored, in the order of writing. */
  take<T extends TableName>(table: T, row: Tables[T]): void {
    if (table === 'device_registry') this.#takeDevice(row as DeviceRow);
    else if (table === 'sensor_audio') this.#takeRecording(row as AudioRow);
    else if (table === 'window_actions') this.#takeAction(row as WindowActionRow);
    else if (table === 'dead_letters') this.#takeDeadLetter(row as Tables['dead_letters']);
    else if (table === 'sensor_scalar') this.#takeValue((row as QuantityRow).quantity, row as QuantityRow);
    else {
      for (const [quantity, name] of Object.entries(QUANTITY_TABLES)) {
        if (name === table) this.#takeValue(quantity, row as Tables['sensor_temperature']);
      }
    }
  }

  devices(): readonly DeviceRow[] {
    return [...this.#devices.values()].sort((a, b) => a.registered_at - b.registered_at);
  }

  latest(deviceId?: string): readonly LatestValue[] {
    const values = [...this.#values.values()].map(({ value }) => value);
    return values
      .filter((value) => deviceId === undefined || value.deviceId === deviceId)
      .sort((a, b) => a.timestampMs - b.timestampMs);
  }

  recordings(sinceMs: number): readonly AudioRow[] {
    return [...this.#recordings.values()].filter(({ timestamp }) => timestamp >= sinceMs).sort(oldestFirst);
  }

  /** Of each device the newest that names a temperature or a humidity. */
  actions(): readonly WindowActionRow[] {
    return [...this.#actions.values()].sort(oldestFirst);
  }

  #takeDevice(row: DeviceRow): void {
    const known = this.#devices.get(row.device_id);
    if (known === undefined || row.last_seen >= known.last_seen) this.#devices.set(row.device_id, row);
  }

  #takeValue(quantity: string, row: Tables['sensor_temperature']): void {
    const key = JSON.stringify([row.device_id, quantity]);
    const { timestamp: timestampMs, received_at: receivedMs } = row;
    const known = this.#values.get(key);
    if (known !== undefined && isNewer(known.value.timestampMs, known.receivedMs, timestampMs, receivedMs)) return;
    this.#values.set(key, { value: { deviceId: row.device_id, quantity, timestampMs, value: row.value }, receivedMs });
  }

  #takeRecording(row: AudioRow): void {
    const known = this.#recordings.get(row.device_id);
    if (known !== undefined && isNewer(known.timestamp, known.received_at, row.timestamp, row.received_at)) return;
    this.#recordings.set(row.device_id, row);
  }

  #takeAction(row: WindowActionRow): void {
    if (Number.isNaN(row.temperature) && Number.isNaN(row.humidity)) return;
    const known = this.#actions.get(row.device_id);
    if (known === undefined || row.timestamp >= known.timestamp) this.#actions.set(row.device_id, row);
  }

  #takeDeadLetter({ code, message_id: id }: Tables['dead_letters']): void {
    if (code === REPLAYED && id !== '') this.replayed.add(id);
  }
}

/** Whether the first of two is the newer one: by its time, of one millisecond by when it was received. */
function isNewer(ms: number, receivedMs: number, otherMs: number, otherReceivedMs: number): boolean {
  return ms > otherMs || (ms === otherMs && receivedMs > otherReceivedMs);
}

function oldestFirst(a: { readonly timestamp: number }, b: { readonly timestamp: number }): number {
  return a.timestamp - b.timestamp;
}
