import type { EpochMs } from '@louver/core';
import type { SoundKind } from '../sound/scenes.js';
import { MS_PER_DAY, MS_PER_HOUR, saturationGramsPerM3 } from './air.js';

export interface OutdoorsOptions {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Daily mean in °C; default 12. */
  readonly meanC?: number;
  /** Half of the difference between afternoon and dawn in K; default 6. */
  readonly swingK?: number;
  /** The scene to begin with; default `quiet`. */
  readonly scene?: SoundKind;
  /** Mean length of a scene in hours; default 1.5. */
  readonly sceneHours?: number;
}

/** Weather and street at one moment. */
export interface OutdoorConditions {
  readonly temperatureC: number;
  /** Water vapour in the air, g/m³. */
  readonly vapourGramsPerM3: number;
  /** Part of the clear-sky noon sun that falls on the window, 0..1. */
  readonly sun: number;
  readonly scene: SoundKind;
}

/** Where a scene goes when it ends; the weights of a row need not add up to 1. */
const NEXT: Readonly<Record<SoundKind, Readonly<Record<SoundKind, number>>>> = {
  quiet: { quiet: 0, traffic: 5, wind: 3, rain: 2 },
  traffic: { quiet: 5, traffic: 0, wind: 3, rain: 2 },
  wind: { quiet: 3, traffic: 2, wind: 0, rain: 5 },
  rain: { quiet: 5, traffic: 3, wind: 2, rain: 0 },
};

/** Time is stepped by a minute, so that a run does not depend on how often anybody looks. */
const STEP_MS = 60_000;
/** A first look a year late must not take a second: older minutes are left out. */
const MAX_STEPS = 14 * 1440;

/**
 * Outdoor weather: a daily cycle, slow drifts, and scenes (quiet, traffic, wind, rain) that follow each other as a Markov chain with
 * exponential dwell times. Days are UTC days. Several rooms may share one.
 */
export class Outdoors {
  readonly #random: () => number;
  readonly #meanC: number;
  readonly #swingK: number;
  readonly #leaveChance: number;
  #scene: SoundKind;
  #minute = Number.NaN;
  /** Slow deviation from the daily cycle, K. */
  #driftK = 0;
  /** Cloud cover follows the scene with a delay, 0..1. */
  #cloud = 0.3;

  constructor(options: OutdoorsOptions) {
    this.#random = options.random;
    this.#meanC = options.meanC ?? 12;
    this.#swingK = options.swingK ?? 6;
    this.#scene = options.scene ?? 'quiet';
    this.#leaveChance = STEP_MS / ((options.sceneHours ?? 1.5) * MS_PER_HOUR);
  }

  /** Conditions at `nowMs`; a time before an earlier call's gives that call's weather. */
  at(nowMs: EpochMs): OutdoorConditions {
    const minute = Math.floor(nowMs / STEP_MS);
    if (Number.isNaN(this.#minute)) this.#minute = minute;
    if (minute - this.#minute > MAX_STEPS) this.#minute = minute - MAX_STEPS;
    while (this.#minute < minute) this.#step((++this.#minute * STEP_MS) % MS_PER_DAY);

    const hour = (nowMs % MS_PER_DAY) / MS_PER_HOUR;
    // Warmest at 15 h, coldest at 3 h; clouds flatten the day.
    const swingK = this.#swingK * (1 - 0.5 * this.#cloud);
    const temperatureC = this.#meanC + this.#driftK + swingK * Math.cos((2 * Math.PI * (hour - 15)) / 24);
    const elevation = Math.max(0, Math.sin((Math.PI * (hour - 6)) / 12));
    // Vapour hardly follows the day; it is that of 70 % at the mean, more in rain, and never above saturation.
    const share = this.#scene === 'rain' ? 0.9 : 0.7;
    const vapour = Math.min(
      share * saturationGramsPerM3(this.#meanC + this.#driftK),
      0.98 * saturationGramsPerM3(temperatureC),
    );
    return { temperatureC, vapourGramsPerM3: vapour, sun: elevation * (1 - 0.85 * this.#cloud), scene: this.#scene };
  }

  #step(msOfDay: number): void {
    const random = this.#random;
    // Ornstein-Uhlenbeck with a time constant of 6 h and a spread of about 1.5 K.
    this.#driftK += -this.#driftK / 360 + 0.19 * (random() + random() - 1);
    const clouds = this.#scene === 'rain' ? 0.95 : this.#scene === 'wind' ? 0.5 : 0.2;
    this.#cloud += (clouds - this.#cloud) / 20;
    if (random() < this.#leaveChance) this.#scene = this.#next(msOfDay / MS_PER_HOUR);
  }

  #next(hour: number): SoundKind {
    const row = NEXT[this.#scene];
    // Streets are empty at night.
    const traffic = row.traffic * (hour < 6 || hour >= 22 ? 0.2 : 1);
    const drawn = this.#random() * (row.quiet + traffic + row.wind + row.rain);
    if (drawn < traffic) return 'traffic';
    if (drawn < traffic + row.wind) return 'wind';
    return drawn < traffic + row.wind + row.rain ? 'rain' : 'quiet';
  }
}
