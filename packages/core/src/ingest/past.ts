import type { EpochMs } from '../event.js';
import { isFromDevice, type DeviceRegistry } from '../devices/registry.js';
import type { ManualControl } from '../devices/manual-control.js';
import type { InferenceStage } from '../inference/inference-stage.js';
import type { RemoteExchange } from '../inference/remote-exchange.js';
import type { DeliveryRecord, Journal, Position } from '../journal.js';
import type { Logger } from '../logger.js';
import type { StorageReader } from '../storage-reader.js';
import type { Decoded, Decoder } from './decoder.js';
import type { LiveRecordings } from './live-recordings.js';
import type { SeenWindow } from './seen-window.js';
import type { StoredAcks } from './stored-acks.js';
import { timeSlice } from './time-slice.js';

export interface PastOptions {
  readonly reader: StorageReader | undefined;
  readonly journal: Journal;
  readonly decoder: Decoder;
  readonly window: SeenWindow;
  readonly registry: DeviceRegistry;
  readonly windows: ManualControl;
  readonly inference: InferenceStage;
  readonly exchange: RemoteExchange | undefined;
  readonly acks: StoredAcks;
  readonly recordings: LiveRecordings;
  readonly logger: Logger;
}

export interface Replayed {
  readonly upTo: Position;
  /** When the newest message was received. */
  readonly newestMs: EpochMs;
}

/** What is known from before this start, by storage and by the journal: it makes state, not commands. */
export class Past {
  constructor(private readonly options: PastOptions) {}

  /** What storage has. @param sinceMs how old a recording may be. */
  async recall(sinceMs: EpochMs): Promise<void> {
    const { reader, window, registry, inference } = this.options;
    if (reader === undefined) {
      await registry.recall([]);
      return;
    }
    const [devices, latest, lastActions, lastRecordings, newestMs] = await Promise.all([
      reader.devices(),
      reader.latest(),
      reader.lastActions(),
      reader.lastRecordings(sinceMs),
      reader.newestMs(),
    ]);
    window.storedUpTo(newestMs);
    await registry.recall(devices);
    inference.recall({ latest, lastActions, lastRecordings });
  }

  /** What the journal still holds. */
  async replay(signal: AbortSignal): Promise<Replayed> {
    const { journal, decoder, registry, recordings, acks, logger } = this.options;
    let count = 0;
    let upTo: Position = 0;
    let newestMs: EpochMs = -Infinity;
    const slice = timeSlice();
    for await (const entries of journal.read({ follow: false, signal })) {
      for (const { position, record } of entries) {
        count++;
        if (record.type === 'note') {
          acks.restore(position, record);
          // Nothing of it is stored: nobody waits for it.
          continue;
        }
        upTo = position;
        if (record.type === 'derived') {
          if (record.table === 'device_registry') registry.restore(record.row);
          continue;
        }
        newestMs = Math.max(newestMs, record.receivedAtMs);
        const decoded = decoder.decode(position, record);
        this.#restore(decoded, record);
        for (const whole of recordings.take(decoded)) this.#restore(whole, record);
        await slice.over();
      }
    }
    acks.begin();
    if (count > 0) logger.info('journal replayed', { records: count });
    return { upTo, newestMs };
  }

  #restore(decoded: Decoded, record: DeliveryRecord): void {
    const { registry, windows, inference, exchange, acks } = this.options;
    acks.observe(decoded);
    if (!('events' in decoded)) return;
    for (const event of decoded.events) {
      if (event.kind === 'config-reported') registry.reported(event);
      if (isFromDevice(event)) registry.saw(event.deviceId, event.receivedAtMs);
      exchange?.restore(event, record);
      windows.observe(event);
      inference.restore(event);
    }
  }
}
