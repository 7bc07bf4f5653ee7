// What the fuzzer begins with, made from the golden vectors: `node firmware/test/fuzz/seeds.mjs` writes corpus/ anew.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const corpus = new URL('./corpus/', import.meta.url);

/** Name and bytes of each payload of a file of vectors. */
function payloadsOf(kind) {
  const { cases } = JSON.parse(readFileSync(new URL(`../vectors/${kind}.json`, import.meta.url), 'utf8'));
  return cases.map(({ name, payload, payload_base64: base64 }) => [
    `${kind} ${name}`,
    base64 === undefined ? Buffer.from(payload) : Buffer.from(base64, 'base64'),
  ]);
}

/** One file for each different content, named after what it is. */
function write(target, seeds) {
  const folder = new URL(`${target}/`, corpus);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const seen = new Set();
  for (const [name, bytes] of seeds) {
    const key = bytes.toString('latin1');
    if (seen.has(key)) continue;
    seen.add(key);
    writeFileSync(new URL(name.toLowerCase().replace(/[^a-z0-9]+/g, '-'), folder), bytes);
  }
  console.log(`${target}: ${seen.size}`);
}

// -- MQTT -----------------------------------------------------------------------------------------------------------

function packet(head, ...parts) {
  const body = Buffer.concat(parts);
  const length = [];
  let rest = body.length;
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from([head, ...length]), body]);
}

const word = (value) => Buffer.from([value >> 8, value & 0xff]);
const text = (value) => Buffer.concat([word(value.length), Buffer.from(value)]);
const publish = (topic, payload, head = 0x32, id = 7) =>
  packet(head, text(topic), head & 6 ? word(id) : Buffer.alloc(0), Buffer.from(payload));

const CONNACK = packet(0x20, Buffer.from([0, 0]));
const SUBACK = packet(0x90, word(1), Buffer.from([1]));
const PUBACK = packet(0x40, word(1));
const PINGRESP = packet(0xd0);

/** The two bytes that say how a stream is fed, then the stream. */
const stream = (mode, ...packets) => Buffer.concat([Buffer.from([mode, 42]), ...packets]);
const FROM_BEGINNING = 2;
const GREETED = 3;
const STALLING = 7;

function mqttSeeds() {
  const [, first] = payloadsOf('controls');
  const control = (head, id) => publish('window/a/control', first[1], head, id);
  return [
    ['a session', stream(FROM_BEGINNING, CONNACK, SUBACK, SUBACK, SUBACK, control(), PUBACK, PINGRESP)],
    ['refused', stream(FROM_BEGINNING, packet(0x20, Buffer.from([0, 5])))],
    ['session kept', stream(FROM_BEGINNING, packet(0x20, Buffer.from([1, 0])), control(0x3a))],
    ['before the greeting', stream(FROM_BEGINNING, control(), CONNACK)],
    ['subscription refused', stream(GREETED, packet(0x90, word(1), Buffer.from([0x80])))],
    ['many at once', stream(GREETED, ...Array.from({ length: 9 }, (_, id) => control(0x32, id + 1)))],
    [
      'many at once, and little taken',
      stream(STALLING, ...Array.from({ length: 9 }, (_, id) => publish('a', 'x', 0x32, id + 1))),
    ],
    ['qos 0', stream(GREETED, control(0x30), control(0x31))],
    ['qos 2', stream(GREETED, control(0x34))],
    ['retained', stream(GREETED, control(0x33))],
    ['too long', stream(GREETED, publish('sensor/a/ota', Buffer.alloc(700, 'x')), control())],
    ['as long as it may be', stream(GREETED, publish('sensor/a/ota', Buffer.alloc(512 - 16, 'x')))],
    ['no payload', stream(GREETED, publish('a', Buffer.alloc(0)))],
    ['no topic', stream(GREETED, publish('', first[1]))],
    ['wildcard', stream(GREETED, publish('window/+/control', first[1]))],
    ['id 0', stream(GREETED, control(0x32, 0))],
    ['length without end', stream(GREETED, Buffer.from([0x32, 0x80, 0x80, 0x80, 0x80, 0x01]))],
    ['length in four bytes', stream(GREETED, Buffer.from([0x40, 0x82, 0x80, 0x80, 0x00, 0, 1]))],
    ['cut', stream(GREETED, control().subarray(0, 20))],
    ...payloadsOf('acks')
      .slice(0, 5)
      .map(([name, bytes]) => [name, stream(GREETED, publish('sensor/a/ack', bytes))]),
    ...payloadsOf('time-responses')
      .slice(0, 5)
      .map(([name, bytes]) => [name, stream(GREETED, publish('sensor/a/time/response', bytes))]),
  ];
}

// -- the log --------------------------------------------------------------------------------------------------------

const SECTOR = 256;

/** Without its check sum: the target makes it good. */
function record(boot, seq, bytes, state = 0xff) {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(boot, 4);
  head.writeUInt32LE(seq, 8);
  head.writeUInt16LE(bytes.length, 12);
  head[14] = 1;
  head[15] = state;
  const padding = Buffer.alloc(-bytes.length & 3, 0xff);
  return Buffer.concat([head, bytes, padding]);
}

function sector(...records) {
  const whole = Buffer.alloc(SECTOR, 0xff);
  Buffer.concat([Buffer.alloc(12), ...records]).copy(whole);
  return whole;
}

/** How many sectors, where the log begins, which are made good, what is appended, when the power goes; then the sectors. */
function log(first, which, appended, random, power, ...sectors) {
  return Buffer.concat([Buffer.from([sectors.length - 2, first, which, appended, random, power]), ...sectors]);
}

function logSeeds() {
  const scalars = payloadsOf('scalars').map(([, bytes]) => bytes.subarray(0, 90));
  const blank = Buffer.alloc(SECTOR, 0xff);
  const full = (boot, seq) => sector(record(boot, seq, scalars[0]), record(boot, seq + 1, scalars[1]));
  const short = (boot, seq, count, state) =>
    sector(...Array.from({ length: count }, (_, i) => record(boot, seq + i, scalars[i % 8].subarray(0, 9), state)));
  return [
    ['blank', log(0, 0, 4, 9, 200, blank, blank, blank)],
    ['noise', log(0, 0, 4, 9, 200, Buffer.alloc(SECTOR, 0xa5), Buffer.alloc(SECTOR, 0x5a))],
    ['one record', log(0, 1, 3, 5, 60, sector(record(5, 0, scalars[0])), blank)],
    ['the same boot number', log(0, 1, 3, 5, 100, sector(record(5, 0, scalars[0]), record(6, 0, scalars[1])), blank)],
    ['full', log(0, 7, 7, 40, 250, full(5, 0), full(5, 2), full(5, 4))],
    ['full, begins in the middle', log(2, 15, 7, 40, 250, full(5, 4), full(6, 0), full(5, 0), full(5, 2))],
    ['a head that is damaged', log(0, 5, 2, 9, 30, full(5, 0), full(5, 2), full(5, 4), blank)],
    ['done', log(0, 3, 2, 9, 30, short(5, 0, 6, 0), short(5, 6, 3, 0xff), blank)],
    ['states that have flipped', log(0, 3, 2, 9, 30, short(5, 0, 6, 0x10), short(5, 6, 3, 0xef), blank)],
    [
      'records without bytes',
      log(0, 1, 16, 0, 90, sector(record(1, 0, Buffer.alloc(0)), record(1, 1, Buffer.alloc(0))), blank),
    ],
    ['longest', log(0, 1, 228, 0, 255, sector(record(1, 0, Buffer.alloc(228, 7))), blank)],
    ['torn', log(0, 1, 2, 3, 4, sector(record(1, 0, scalars[2]), record(1, 1, scalars[3]).subarray(0, 30)), blank)],
    ...[1, 17, 44, 80, 133, 190].map((power) => [
      `power goes after ${power}`,
      log(1, 6, 5, 33, power, full(9, 4), short(9, 0, 3), full(9, 2)),
    ]),
  ];
}

const config = (version, payload) => Buffer.concat([Buffer.from([version]), payload]);
write(
  'config',
  ['configs', 'commands'].flatMap(payloadsOf).map(([name, payload]) => [name, config(2, payload)]),
);
write('json_in', ['controls', 'acks', 'time-responses'].flatMap(payloadsOf));
write('mqtt_in', mqttSeeds());
write('flash_log', logSeeds());
