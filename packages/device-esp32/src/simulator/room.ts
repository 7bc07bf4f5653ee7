import { saturationGramsPerM3 } from './air.js';
import type { OutdoorConditions } from './outdoors.js';

export interface RoomOptions {
  /** m³; default 40. */
  readonly volumeM3?: number;
  /** Heat stored per kelvin by air, furniture and the skin of the walls, J/K; default 1.5e6. */
  readonly heatCapacityJPerK?: number;
  /** Heat lost through walls and glass, W/K; default 35. */
  readonly lossWPerK?: number;
  /** Full sun through the window, W; default 500. */
  readonly sunGainW?: number;
  /** Radiator at full power, W; default 1200; 0 for none. */
  readonly heaterW?: number;
  /** The radiator's set point, °C; default 20. */
  readonly heaterC?: number;
  /** Air changes per hour with the window closed; default 0.3. */
  readonly leakagePerH?: number;
  /** Air changes per hour with the window wide open; default 15. */
  readonly openPerH?: number;
  /** °C at the start; default 21. */
  readonly temperatureC?: number;
  /** Percent at the start; default 45. */
  readonly relativeHumidity?: number;
}

/** Heat and vapour of one person sitting still: 100 W, of which 70 W are sensible, and 50 g/h. */
const PERSON_W = 70;
const PERSON_GRAMS_PER_H = 50;
/** Air: 1.2 kg/m³ at 1005 J/(kg K). */
const AIR_J_PER_M3_K = 1206;

/**
 * One well-mixed room: heat through walls, sun, people, a radiator with a proportional valve, and air exchanged through the window.
 * Between two steps its inputs are constant, so each step is the exact solution and stable at any length.
 */
export class Room {
  readonly #o: Required<RoomOptions>;
  #temperatureC: number;
  #vapourGramsPerM3: number;

  constructor(options: RoomOptions = {}) {
    this.#o = {
      volumeM3: 40,
      heatCapacityJPerK: 1.5e6,
      lossWPerK: 35,
      sunGainW: 500,
      heaterW: 1200,
      heaterC: 20,
      leakagePerH: 0.3,
      openPerH: 15,
      temperatureC: 21,
      relativeHumidity: 45,
      ...options,
    };
    this.#temperatureC = this.#o.temperatureC;
    this.#vapourGramsPerM3 = (this.#o.relativeHumidity / 100) * saturationGramsPerM3(this.#o.temperatureC);
  }

  get temperatureC(): number {
    return this.#temperatureC;
  }

  /** Percent, 0..100. */
  get relativeHumidity(): number {
    return Math.min(100, (100 * this.#vapourGramsPerM3) / saturationGramsPerM3(this.#temperatureC));
  }

  /** Lets `seconds` pass with the window `percentOpen` (0..100) and so many people in the room. */
  step(seconds: number, outside: OutdoorConditions, percentOpen: number, people: number): void {
    const o = this.#o;
    // Flow grows faster than the gap at first: a tilted window already changes the air several times an hour.
    const changesPerH = o.leakagePerH + o.openPerH * Math.sqrt(Math.max(0, percentOpen) / 100);
    const exchangeWPerK = (AIR_J_PER_M3_K * o.volumeM3 * changesPerH) / 3600;
    const valve = Math.min(1, Math.max(0, o.heaterC + 0.5 - this.#temperatureC));
    const gainW = outside.sun * o.sunGainW + people * PERSON_W + valve * o.heaterW;
    const coupling = o.lossWPerK + exchangeWPerK;
    const restingC = outside.temperatureC + gainW / coupling;
    this.#temperatureC = approach(this.#temperatureC, restingC, (seconds * coupling) / o.heatCapacityJPerK);

    const perSecond = changesPerH / 3600;
    const sourceGramsPerM3S = (people * PERSON_GRAMS_PER_H) / 3600 / o.volumeM3;
    const resting = outside.vapourGramsPerM3 + sourceGramsPerM3S / perSecond;
    const vapour = approach(this.#vapourGramsPerM3, resting, seconds * perSecond);
    // What is above saturation condenses on the glass.
    this.#vapourGramsPerM3 = Math.min(vapour, saturationGramsPerM3(this.#temperatureC));
  }
}

/** Solution of x' = -(x - resting) after `timeConstants`. */
function approach(x: number, resting: number, timeConstants: number): number {
  return resting + (x - resting) * Math.exp(-timeConstants);
}
