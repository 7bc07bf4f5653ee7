import { isFromDevice } from '../devices/registry.js';
import type { EpochMs, Sequence } from '../event.js';
import type { NoteRecord, Position } from '../journal.js';
import type { Durability } from '../options.js';
import { parseAckNote, type AckNote } from './ack-notes.js';
import { AckTeller, type AckTellerOptions } from './ack-teller.js';
import type { Decoded } from './decoder.js';
import { DeviceSequences, type BootSequence } from './device-sequences.js';

/** Some 40 MiB with one boot each. */
const MAX_DEVICES = 100_000;
const SILENT_MS = 7 * 86_400_000;
/** While there is no room for another device. */
const SILENT_WHEN_FULL_MS = 3_600_000;
/** Messages whose rows are waited for. */
const MAX_WAITING = 100_000;

export interface StoredAcksOptions extends AckTellerOptions {
  readonly durability: Durability;
  /** All rows of the record are stored. */
  readonly isSettled: (position: Position) => boolean;
  /** Newest record in the journal that is no note. */
  readonly lastPosition: () => Position;
}

interface Waiting {
  readonly device: DeviceSequences;
  readonly boot: BootSequence;
  readonly seq: number;
}

/**
 * What devices that count their messages may forget (P-32): everything of a boot up to a number is durable here, whatever the broker between
 * has lost (docs/device-acknowledgement.md). The journal knows it before the device does: what was said once holds after a crash.
 */
export class StoredAcks {
  readonly #devices = new Map<string, DeviceSequences>();
  /** With durability `storage`: not stored yet. */
  readonly #waiting = new Map<Position, Waiting>();
  readonly #restored = new Map<string, { readonly position: Position; readonly note: AckNote }>();
  /** Notes from before this start that are of no use any more. */
  readonly #stale: Position[] = [];
  readonly #teller: AckTeller;
  readonly #enabled: boolean;
  readonly #direct: boolean;
  #begun = false;
  #sweptUpTo: Position = 0;

  constructor(private readonly options: StoredAcksOptions) {
    this.#enabled = options.codec.encodeStored !== undefined && options.durability !== 'none';
    this.#direct = options.transport.direct === true;
    this.#teller = new AckTeller(options);
  }

  /** A message that the journal has: also one that came twice, and one that was set aside. */
  observe(decoded: Decoded): void {
    if (!this.#enabled) return;
    if ('error' in decoded) {
      const { deviceId, sequence } = decoded.error;
      if (deviceId !== undefined && sequence !== undefined) this.#count(deviceId, sequence, decoded);
      return;
    }
    const event = decoded.events[0];
    if (event === undefined) return;
    if (event.sequence !== undefined && isFromDevice(event)) this.#count(event.deviceId, event.sequence, decoded);
    if (event.kind === 'device-info' && event.holdsFrom !== undefined) {
      this.#holds(event.deviceId, event.holdsFrom, event.receivedAtMs);
    } else if (event.kind !== 'device-status' || !event.online) return;
    // It is there, and may have missed what it was told last.
    if (decoded.message.retained !== true) this.#tellAgain(event.deviceId);
  }

  /** With durability `storage`: the rows of these are stored. */
  settled(positions: readonly Position[]): void {
    if (this.#waiting.size === 0) return;
    for (const position of positions) {
      const message = this.#waiting.get(position);
      if (message === undefined) continue;
      this.#waiting.delete(position);
      this.#add(message.device, message.boot, message.seq);
    }
  }

  /** A note from before this start; the newest of a device counts. */
  restore(position: Position, record: NoteRecord): void {
    const note = parseAckNote(record);
    if (note === undefined) return;
    const older = this.#restored.get(note.deviceId);
    if (older !== undefined) this.#stale.push(older.position);
    this.#restored.set(note.deviceId, { position, note });
  }

  /** All that was left from before this start has been restored and observed. */
  begin(): void {
    for (const { position, note } of this.#restored.values()) {
      const device = note.boots.length > 0 && this.#enabled ? this.#device(note.deviceId, note.seenMs) : undefined;
      if (device === undefined) this.#stale.push(position);
      else device.notePosition = position;
      for (const [boot, upTo] of note.boots) device?.recall(boot, upTo);
    }
    this.#restored.clear();
    this.#settle(this.#stale.splice(0));
    this.#sweptUpTo = this.options.lastPosition();
    this.#begun = true;
    for (const device of this.#devices.values()) {
      for (const boot of device.boots) {
        // The end may have come between the note and the word.
        if (boot.upTo !== undefined) this.#moved(device, boot);
      }
    }
  }

  /** The journal is full: notes must not be what keeps it so. */
  journalFull(): void {
    void this.#renew(Infinity);
  }

  /** Every 30 s or so: notes go on with the journal, so that they keep no old part of it, and those of devices that are gone go. */
  async sweep(nowMs: EpochMs): Promise<void> {
    const silentMs = this.#devices.size >= MAX_DEVICES ? SILENT_WHEN_FULL_MS : SILENT_MS;
    for (const device of this.#devices.values()) {
      if (nowMs - device.seenMs < silentMs) continue;
      this.#devices.delete(device.deviceId);
      this.#teller.forget(device);
      if (device.notePosition > 0) this.#settle([device.notePosition]);
    }
    const upTo = this.#sweptUpTo;
    this.#sweptUpTo = this.options.lastPosition();
    if (this.#sweptUpTo > upTo) await this.#renew(upTo);
  }

  /** Tells what is left to tell, if that is possible at once. */
  async close(): Promise<void> {
    await this.#teller.close();
  }

  #count(deviceId: string, { boot: number, seq }: Sequence, { message, place }: Decoded): void {
    const device = this.#device(deviceId, message.receivedAtMs);
    if (device === undefined) return;
    const boot = device.boot(number);
    boot.heard(seq);
    if (this.#direct) boot.assume();
    if (boot.upTo === undefined && this.#begun && !boot.unknownSaid) {
      boot.unknownSaid = true;
      const message =
        'a device is not told what is stored: it has not said with which number it began (P-31, first_seq)';
      this.options.context.logger.info(message, { deviceId: device.deviceId, boot: number, seq });
    }
    const { durability, isSettled } = this.options;
    if (durability === 'storage' && typeof place === 'number' && !isSettled(place)) {
      // What does not fit is not waited for: the device sends it again.
      if (this.#waiting.size < MAX_WAITING) this.#waiting.set(place, { device, boot, seq });
    } else this.#add(device, boot, seq);
  }

  #add(device: DeviceSequences, boot: BootSequence, seq: number): void {
    if (boot.add(seq)) return this.#moved(device, boot);
    const { upTo } = boot;
    if (upTo === undefined || seq > upTo) return;
    // It has come again: what the device was told has not reached it.
    boot.due = true;
    if (this.#begun) this.#teller.tell(device);
  }

  #holds(deviceId: string, { boot: number, seq }: Sequence, receivedAtMs: EpochMs): void {
    const device = this.#device(deviceId, receivedAtMs);
    const boot = device?.boot(number);
    if (boot?.begin(seq) === true) this.#moved(device!, boot);
  }

  #device(deviceId: string, seenMs: EpochMs): DeviceSequences | undefined {
    let device = this.#devices.get(deviceId);
    if (device === undefined) {
      if (this.#devices.size >= MAX_DEVICES) return undefined;
      device = new DeviceSequences(deviceId, seenMs);
      this.#devices.set(deviceId, device);
    } else if (seenMs > device.seenMs) device.seenMs = seenMs;
    return device;
  }

  #moved(device: DeviceSequences, boot: BootSequence): void {
    device.moved = true;
    boot.due = true;
    if (this.#begun) this.#teller.tell(device);
  }

  #tellAgain(deviceId: string): void {
    const device = this.#devices.get(deviceId);
    if (device === undefined || !this.#begun) return;
    for (const boot of device.boots) boot.due = true;
    this.#teller.tell(device);
  }

  async #renew(upTo: Position): Promise<void> {
    const noted = [...this.#devices.values()].filter(({ notePosition }) => notePosition > 0 && notePosition <= upTo);
    await this.#teller.note(noted);
  }

  #settle(positions: readonly Position[]): void {
    if (positions.length > 0) this.options.journal.settle(positions);
  }
}
