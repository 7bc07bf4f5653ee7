import type { EventBase, ScalarReading } from '../event.js';
import type { RowKey } from '../storage.js';
import { QUANTITY_TABLES, type SensorRow } from '../tables.js';

/** A device without a clock that resends after a restart: its first copy was stamped by us some time ago. */
export const LOOK_BACK_MS = 7 * 86_400_000;
/** What a broker keeps comes again with each start, however long ago that was; the number of such messages is small. */
const KEPT_LOOK_BACK_MS = 365 * 86_400_000;

/**
 * Row of a scalar reading, made of it when it is asked for. Tens of thousands may wait for their batch, and the garbage collector moves all that
 * they hold: the reading is there anyway.
 */
export class ReadingRow {
  readonly table: 'sensor_temperature' | 'sensor_humidity' | 'sensor_scalar';

  constructor(
    private readonly reading: ScalarReading,
    private readonly dup: boolean,
    private readonly kept: boolean | undefined,
  ) {
    this.table = QUANTITY_TABLES[reading.quantity] ?? 'sensor_scalar';
  }

  get identified(): boolean {
    return this.reading.identified;
  }

  get key(): RowKey {
    return readingKey(this.reading, this.dup, this.kept);
  }

  get row(): SensorRow & { readonly value: number } {
    const { quantity, value } = this.reading;
    const columns = Object.assign(sensorColumns(this.reading), { value });
    return this.table === 'sensor_scalar' ? Object.assign(columns, { quantity }) : columns;
  }
}

/** The columns that every reading has. */
export function sensorColumns(event: EventBase): SensorRow {
  return {
    timestamp: event.timestampMs,
    device_id: event.deviceId,
    message_id: event.messageId,
    received_at: event.receivedAtMs,
    time_source: event.timeSource,
    device_timestamp: event.deviceTimestamp,
  };
}

/**
 * Where the row of a message is found. Movable is a time that is another one each time that the message comes: ours. So may be that of a device
 * whose clock was too far ahead to be believed when the message came first.
 * @param dup the sender may have sent it before.
 * @param kept a broker keeps it, and sends it again with each start.
 */
export function readingKey(
  { deviceId, timestampMs, timeSource, identified, messageId }: EventBase,
  dup = false,
  kept = false,
): RowKey {
  const movable = identified && (dup || timeSource === 'server');
  const fromMs = movable ? timestampMs - (kept ? KEPT_LOOK_BACK_MS : LOOK_BACK_MS) : timestampMs;
  return { deviceId, fromMs, toMs: timestampMs, id: messageId };
}
