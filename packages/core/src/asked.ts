import type { EpochMs } from './event.js';

/** A device asks for the time (P-37). */
export interface TimeAsked {
  readonly kind: 'time-asked';
  readonly deviceId: string;
  /** On the device's own clock, in ms: it gets it back as it was. */
  readonly deviceSentMs: number;
}

/** People want a window somewhere (P-34). */
export interface WindowAsked {
  readonly kind: 'window-asked';
  readonly deviceId: string;
  /** Percent open, or where it is now. */
  readonly wanted: number | 'stop';
}

/** What is asked of the backend itself: it is answered at once and not kept. */
export type Asked = TimeAsked | WindowAsked;

/** The answer to {@link TimeAsked}. */
export interface TimeTold {
  readonly kind: 'time-told';
  readonly deviceId: string;
  readonly deviceSentMs: number;
  readonly serverReceivedMs: EpochMs;
  readonly serverSentMs: EpochMs;
}

/** Tells a device to do something other than move its window (P-35). */
export interface DeviceOrder {
  readonly kind: 'device-order';
  readonly deviceId: string;
  readonly commandId: string;
  /** As the wire format names it. */
  readonly command: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly expiresAtMs: EpochMs;
}

/** How a device should work (P-36): it takes it when the version is newer than the one in force. */
export interface DesiredConfig {
  readonly kind: 'desired-config';
  readonly deviceId: string;
  readonly version: number;
  /** By the names of the wire format. What is left out stays as it is. */
  readonly values: Readonly<Record<string, number>>;
}

/** Nothing is wanted of the device any more. */
export interface NothingDesired {
  readonly kind: 'nothing-desired';
  readonly deviceId: string;
}

/** What the backend tells a device besides commands for its window. */
export type Told = TimeTold | DeviceOrder | DesiredConfig | NothingDesired;
