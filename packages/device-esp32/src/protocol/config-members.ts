import { PHYSICAL_RANGES } from './limits.js';
import { optional, type PayloadMember } from './members.js';

/** A member of the configuration: a number with both of its ends. */
export interface ConfigMember extends PayloadMember {
  readonly type: 'number' | 'integer';
  readonly min: number;
  readonly max: number;
}

const DAY_S = 86_400;
const { min: coldest, max: hottest } = PHYSICAL_RANGES.temperature;

function whole(name: string, min: number, max: number, unit: string, description: string): ConfigMember {
  return { ...optional(name, 'integer', description), type: 'integer', min, max, unit };
}

function real(name: string, min: number, max: number, unit: string, description: string): ConfigMember {
  return { ...optional(name, 'number', description), type: 'number', min, max, unit };
}

/** What can be set in a device [P-36], in the order in which it is reported. What is left out stays as it is. */
export const CONFIG_MEMBERS: readonly ConfigMember[] = [
  whole('interval_s', 1, DAY_S, 's', 'Between two pairs of temperature and humidity.'),
  whole('audio_interval_s', 0, DAY_S, 's', 'Between two recordings; 0: none.'),
  whole('recording_s', 1, 40, 's', 'Length of a recording: 40 s of 16,000 Hz are what one message holds.'),
  real('failsafe_position', 0, 100, 'percent', 'Where the window goes without a broker.'),
  whole('failsafe_after_s', 0, DAY_S, 's', 'After how long without a broker; 0: it stays.'),
  real('slew_percent_per_s', 0.1, 100, 'percent/s', 'Fastest that the window moves.'),
  real('switch_on_above', coldest, hottest, 'Celsius', 'Above it the switch is on.'),
  real('switch_off_below', coldest, hottest, 'Celsius', 'Below it the switch is off; not above `switch_on_above`.'),
];
