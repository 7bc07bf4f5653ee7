import { randomInt } from 'node:crypto';
import type { Clock } from '@louver/core';
import {
  Outdoors,
  seededRandom,
  SharedRecordings,
  type SimulatedQuantity,
  type TopicPatterns,
} from '@louver/device-esp32';
import type { BrokerAccess } from '../cli/client-connection.js';
import { clockFault } from './clock-fault.js';
import { LINK_TICK_MS } from './device-link.js';
import { DialQueue } from './dial-queue.js';
import { DueQueue } from './due-queue.js';
import { FleetMember, type FleetObserver } from './fleet-member.js';
import type { DeviceLedger } from './ledger.js';

export interface FleetOptions {
  readonly access: BrokerAccess;
  readonly topics: Partial<TopicPatterns>;
  /** The devices' time, which may go faster than the real one: intervals are in it. */
  readonly clock: Clock;
  readonly timeFactor: number;
  /** The real time. */
  readonly realClock: Clock;
  readonly monotonicMs: () => number;
  readonly devices: number;
  readonly prefix: string;
  readonly seed: number;
  readonly quantities: readonly SimulatedQuantity[];
  readonly intervalMs: number;
  /** 0: no recordings. */
  readonly audioIntervalMs: number;
  /** Over how long the devices are switched on, and begin to record. */
  readonly spreadMs: number;
  readonly audioSpreadMs: number;
  /** Between two moments in which all lose their connections; absent: none. */
  readonly stormMs?: number;
  /** Shares of the devices whose clock is wrong, and of the readings that are sent twice, 0..1. */
  readonly clockFaults: number;
  readonly duplicates: number;
  readonly observer: FleetObserver;
}

/** Of them come about at a time. */
const MOST_DIALS = 64;
/** A command may change what is due. */
const LONGEST_SLEEP_MS = 20;
/** So long devices are ticked at a stretch, before what arrived is read. */
const STRETCH_MS = 10;

/** Simulated devices in one process, with one timer for what is due and one for their connections. */
export class Fleet {
  readonly #o: FleetOptions;
  readonly #members: FleetMember[] = [];
  readonly #due = new DueQueue<FleetMember>();
  readonly #links = new AbortController();
  #storms = 0;

  /** @throws LouverError `E_CONFIG` for a device id that cannot be. */
  constructor(options: FleetOptions) {
    this.#o = options;
    const { seed, devices, prefix, clock } = options;
    const outdoors = new Outdoors({ random: seededRandom(seed) });
    const recordings = new SharedRecordings({ random: seededRandom(seed ^ 0x5eed) });
    const nowMs = clock.now();
    const dials = new DialQueue(MOST_DIALS);
    for (let i = 0; i < devices; i++) {
      const random = seededRandom(seed + 1 + i);
      const room = {
        volumeM3: 20 + 40 * random(),
        temperatureC: 18 + 5 * random(),
        relativeHumidity: 35 + 25 * random(),
      };
      const isWrong = options.clockFaults > 0 && random() < options.clockFaults;
      this.#members.push(
        new FleetMember({
          access: options.access,
          dials,
          clock,
          monotonicMs: options.monotonicMs,
          duplicates: options.duplicates,
          observer: options.observer,
          onSooner: (member) => this.#schedule(member),
          device: {
            deviceId: `${prefix}-${i + 1}`,
            random,
            // A new run is a new boot: the same weather must not make the server take its readings for repetitions.
            boot: randomInt(0x1_0000_0000),
            outdoors,
            recordings,
            room,
            topics: options.topics,
            quantities: options.quantities,
            intervalMs: options.intervalMs,
            audioIntervalMs: options.audioIntervalMs,
            firstReadingMs: Math.floor((options.spreadMs * i) / devices),
            firstAudioMs: Math.floor((options.audioSpreadMs * i) / devices),
            ...(isWrong && { believedMs: clockFault(random, nowMs) }),
          },
        }),
      );
    }
  }

  get ledgers(): readonly DeviceLedger[] {
    return this.#members.map(({ ledger }) => ledger);
  }

  /** How often all have lost their connections. */
  get storms(): number {
    return this.#storms;
  }

  /** Messages that no device could keep until the broker took them. */
  get dropped(): number {
    return this.#members.reduce((sum, { device }) => sum + device.dropped, 0);
  }

  /** Messages that the broker has not acknowledged. */
  get unsent(): number {
    return this.#members.reduce((sum, { device }) => sum + device.unsent, 0);
  }

  /** Switches the devices on one after the other and lets them measure until `signal` aborts. They stay connected. */
  async run(signal: AbortSignal): Promise<void> {
    void this.#lookAfterLinks();
    await Promise.all([this.#switchOn(signal), this.#tickDevices(signal), this.#makeStorms(signal)]);
  }

  /** Resolves true when all is acknowledged, false when `signal` aborts before. */
  async settled(signal: AbortSignal): Promise<boolean> {
    while (this.unsent > 0 && !signal.aborted) await this.#o.realClock.sleep(10, signal);
    return this.unsent === 0;
  }

  /** Says `offline` for each and leaves; what is not acknowledged when `signal` aborts is given up. */
  async close(signal: AbortSignal): Promise<void> {
    const up = this.#members.filter(({ link }) => link.isUp);
    for (const { device } of up) void device.stop();
    while (up.some(({ device, link }) => link.isUp && device.unsent > 0) && !signal.aborted) {
      await this.#o.realClock.sleep(10, signal);
    }
    this.#links.abort();
    await Promise.all(this.#members.map(({ link }) => link.close()));
  }

  async #switchOn(signal: AbortSignal): Promise<void> {
    const { spreadMs, devices, clock } = this.#o;
    const beganMs = clock.now();
    for (const [i, { link }] of this.#members.entries()) {
      const waitMs = beganMs + (spreadMs * i) / devices - clock.now();
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      if (signal.aborted) return;
      link.start();
    }
  }

  async #tickDevices(signal: AbortSignal): Promise<void> {
    const { clock, monotonicMs, realClock, timeFactor } = this.#o;
    while (!signal.aborted) {
      const beganMs = monotonicMs();
      while (this.#due.nextMs <= clock.now() && monotonicMs() - beganMs < STRETCH_MS) {
        const { dueMs, item: member } = this.#due.pop()!;
        // It was put in again for an earlier time.
        if (dueMs !== member.scheduledMs) continue;
        member.scheduledMs = Infinity;
        void member.device.tick();
        this.#schedule(member);
      }
      const untilNextMs = (this.#due.nextMs - clock.now()) / timeFactor;
      await realClock.sleep(Math.min(LONGEST_SLEEP_MS, Math.max(1, untilNextMs)), signal);
    }
  }

  #schedule(member: FleetMember): void {
    if (!member.isRunning) return;
    const dueMs = member.device.nextDueMs;
    if (dueMs >= member.scheduledMs) return;
    member.scheduledMs = dueMs;
    this.#due.push(dueMs, member);
  }

  async #makeStorms(signal: AbortSignal): Promise<void> {
    const { stormMs, clock } = this.#o;
    if (stormMs === undefined) return;
    for (;;) {
      await clock.sleep(stormMs, signal);
      if (signal.aborted) return;
      this.#storms++;
      for (const { link } of this.#members) link.cut();
    }
  }

  async #lookAfterLinks(): Promise<void> {
    const { signal } = this.#links;
    while (!signal.aborted) {
      await this.#o.realClock.sleep(LINK_TICK_MS, signal);
      if (!signal.aborted) for (const { link } of this.#members) link.tick();
    }
  }
}
