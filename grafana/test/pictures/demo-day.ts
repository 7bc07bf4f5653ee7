import type { EpochMs, Tables, TableName } from '@louver/core';
import { Outdoors, seededRandom, synthesizeSound, type OutdoorConditions } from '@louver/device-esp32';
import { extractColumns, featureRecipe } from '@louver/ml';

/** The day before 12 May 2026, 18:00 UTC: what the pictures show. */
export const DEMO_DAY = { fromMs: Date.UTC(2026, 4, 11, 18), toMs: Date.UTC(2026, 4, 12, 18) };
const BEGIN_HOUR = 18;
const MINUTE_MS = 60_000;
const STEP_MIN = 5;
const DECISION_MIN = 15;
const SAMPLE_RATE_HZ = 16_000;
const RECORDING_S = 2;
/** Since then another version of the model decides. */
const SWAPPED_MS = DEMO_DAY.fromMs + 15 * 60 * MINUTE_MS;

interface Room {
  readonly deviceId: string;
  readonly name: string;
  readonly location: string;
  /** Of the sun, and of who is in it, in kelvin per hour. */
  readonly sunK: number;
  readonly peopleK: number;
  /** Hours in which somebody is there; they breathe, and in the kitchen they cook. */
  readonly people: readonly (readonly [from: number, to: number])[];
  readonly records?: boolean;
  /** The minute in which it was heard of last. */
  readonly untilMin?: number;
}

const ROOMS: readonly Room[] = [
  { deviceId: 'kitchen', name: 'Kitchen', location: 'ground floor', sunK: 1.2, peopleK: 1.6, people: [[6.5, 8], [12, 13], [18, 20]], records: true }, // prettier-ignore
  { deviceId: 'living-room', name: 'Living room', location: 'ground floor', sunK: 2.4, peopleK: 0.5, people: [[17, 23]] }, // prettier-ignore
  { deviceId: 'bedroom', name: 'Bedroom', location: 'first floor', sunK: 0.9, peopleK: 0.5, people: [[0, 6.5], [22, 24]] }, // prettier-ignore
  { deviceId: 'office', name: 'Office', location: 'first floor', sunK: 1.8, peopleK: 0.7, people: [[8, 12], [13, 17.5]] }, // prettier-ignore
  { deviceId: 'greenhouse', name: 'Greenhouse', location: 'garden', sunK: 4.5, peopleK: 0, people: [], untilMin: 21 * 60 + 40 }, // prettier-ignore
];

export type DemoRows = { readonly [T in TableName]: Tables[T][] };

/**
 * One day of five rooms under one sky, the same each time. Weather, street noise and the features of its sound are those of the simulator; rooms,
 * decisions and corrections are made up.
 */
export function demoDay(): DemoRows {
  const random = seededRandom(8);
  const rows: DemoRows = { sensor_temperature: [], sensor_humidity: [], sensor_scalar: [], sensor_audio: [], window_actions: [], window_states: [], ml_predictions: [], device_registry: [], device_events: [], dead_letters: [] }; // prettier-ignore
  const outdoors = new Outdoors({ random, meanC: 17, swingK: 6 });
  const sky: OutdoorConditions[] = [];
  for (let ms = DEMO_DAY.fromMs; ms < DEMO_DAY.toMs; ms += STEP_MIN * MINUTE_MS) sky.push(outdoors.at(ms));
  for (const room of ROOMS) liveThrough(room, sky, random, rows);
  deadLetters(random, rows);
  return rows;
}

function liveThrough(room: Room, sky: readonly OutdoorConditions[], random: () => number, rows: DemoRows): void {
  const { deviceId, untilMin = 24 * 60 } = room;
  let temperature = 20 + random();
  let humidity = 48;
  let open = 0;
  let lastMs: EpochMs = DEMO_DAY.fromMs;
  for (let minute = 0; minute < untilMin; minute += STEP_MIN) {
    const ms = DEMO_DAY.fromMs + minute * MINUTE_MS + Math.floor(random() * 20_000);
    lastMs = ms;
    const outside = sky[minute / STEP_MIN]!;
    const hours = STEP_MIN / 60;
    const hour = (BEGIN_HOUR + minute / 60) % 24;
    const isThere = room.people.some(([from, to]) => hour >= from && hour < to);
    const exchange = 0.1 + (1.1 * open) / 100;
    temperature += hours * ((outside.temperatureC - temperature) * exchange + room.sunK * outside.sun + (isThere ? room.peopleK : 0) + Math.max(0, 20 - temperature)); // prettier-ignore
    humidity += hours * ((46 - humidity) * (0.2 + exchange) + (isThere ? 5 + 7 * room.peopleK : 0));
    const sensor = { timestamp: ms, device_id: deviceId, received_at: ms + 30, time_source: 'device', device_timestamp: '' } as const; // prettier-ignore
    const noise = (): number => random() - 0.5;
    rows.sensor_temperature.push({ ...sensor, message_id: `${deviceId}-t${minute}`, value: temperature + 0.15 * noise() }); // prettier-ignore
    rows.sensor_humidity.push({ ...sensor, message_id: `${deviceId}-h${minute}`, value: humidity + noise() });
    if (minute % DECISION_MIN !== 0) continue;
    if (room.records === true) rows.sensor_audio.push({ ...sensor, message_id: `${deviceId}-a${minute}`, ...recording(outside, open, random) }); // prettier-ignore
    open = decide({ ms, deviceId, temperature, humidity, open }, random, rows);
  }
  rows.device_registry.push({
    device_id: deviceId,
    name: room.name,
    location: room.location,
    registered_at: DEMO_DAY.fromMs - 40 * 24 * 60 * MINUTE_MS,
    last_seen: lastMs,
    is_active: untilMin === 24 * 60,
    config: '{}',
    device_type: 'esp32',
    metadata: '{}',
    deleted_at: 0,
  });
}

/** A recording of the street, louder the wider the window is open. */
function recording(outside: OutdoorConditions, open: number, random: () => number) {
  const heard = { sample_rate: SAMPLE_RATE_HZ, duration: RECORDING_S, format: 'wav', audio_hash: '' };
  if (random() < 0.03) return { ...heard, features: JSON.stringify({ error: 'E_TIMEOUT' }) };
  const level = 0.15 + (0.85 * open) / 100;
  const samples = synthesizeSound(outside.scene, { durationS: RECORDING_S, sampleRateHz: SAMPLE_RATE_HZ, random, level }); // prettier-ignore
  const recipe = featureRecipe({});
  const { values, extras } = extractColumns(samples, SAMPLE_RATE_HZ, recipe);
  const features = { recipe: recipe.id, values: Object.fromEntries(recipe.names.map((name, i) => [name, values[i]])), ...extras }; // prettier-ignore
  return { ...heard, features: JSON.stringify(features) }; // prettier-ignore
}

interface Situation {
  readonly ms: EpochMs;
  readonly deviceId: string;
  readonly temperature: number;
  readonly humidity: number;
  readonly open: number;
}

/** What the model said, what became of it, and where the window is then. */
function decide(
  { ms, deviceId, temperature, humidity, open }: Situation,
  random: () => number,
  rows: DemoRows,
): number {
  const version = ms < SWAPPED_MS ? 'v1.3.0' : 'v1.4.0';
  const wanted = clamp(16 * (temperature - 21) + 2 * Math.max(0, humidity - 52) + 8 * (random() - 0.5));
  const sureness = version === 'v1.3.0' ? 0.62 : 0.72;
  const confidence = Math.min(0.99, sureness + (1 - sureness) * Math.sqrt(random()) - 0.15 * random());
  const slow = random() < 0.04 ? 4 * random() : 0;
  const inferenceMs = (version === 'v1.3.0' ? 0.9 : 0.55) + 0.4 * random() * random() + slow;
  const isHeld = Math.abs(wanted - open) < 4 || confidence < 0.6;
  const requestId = `${deviceId}-${ms}`;
  const decided = { timestamp: ms + 80, device_id: deviceId, request_id: requestId, model_version: version };
  const position = Math.round(wanted);
  rows.ml_predictions.push({ ...decided, prediction: wanted, confidence, inference_time_ms: inferenceMs, held: isHeld, reason: isHeld ? (confidence < 0.6 ? 'unsure' : 'deadband') : '', position: isHeld ? NaN : position }); // prettier-ignore
  if (isHeld) return open;
  const told = { ...decided, temperature, humidity, audio_hash: '', command_id: requestId, source: 'model', position, confidence }; // prettier-ignore
  rows.window_actions.push(told);
  rows.window_states.push({ timestamp: ms + 20_000, device_id: deviceId, position: clamp(position + 3 * (random() - 0.5)), target: position, command_id: requestId, result: 'done', message_id: requestId }); // prettier-ignore
  // The surer the model was, the less often somebody gets up.
  if (random() < 1.1 * (1 - confidence)) {
    const moved = clamp(Math.round(position + (position > 50 ? -1 : 1) * (8 + 25 * random())));
    rows.window_actions.push({ ...told, timestamp: ms + (2 + Math.floor(6 * random())) * MINUTE_MS, position: moved, confidence: NaN, temperature: NaN, humidity: NaN, command_id: `${requestId}-hand`, request_id: '', source: 'manual', model_version: '' }); // prettier-ignore
    return moved;
  }
  return position;
}

/** A device with a new firmware that sends nonsense for an hour, and now and then something else. */
function deadLetters(random: () => number, rows: DemoRows): void {
  const letter = (minute: number, deviceId: string, code: string, detail: string): void => {
    const ms = DEMO_DAY.fromMs + Math.floor(minute * MINUTE_MS);
    rows.dead_letters.push({ received_at: ms, topic: `sensor/${deviceId}/temperature`, device_id: deviceId, code, detail, payload: '', message_id: `letter-${ms}` }); // prettier-ignore
  };
  for (let minute = 15 * 60; minute < 16 * 60; minute += 5 + 4 * random()) letter(minute, 'office', 'out-of-range', 'value is 999, expected -50..100'); // prettier-ignore
  for (let minute = 40; minute < 24 * 60; minute += 200 + 200 * random()) letter(minute, 'living-room', 'not-json', 'Unexpected token w at position 0'); // prettier-ignore
}

function clamp(percent: number): number {
  return Math.min(100, Math.max(0, percent));
}
