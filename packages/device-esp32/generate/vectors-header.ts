import { cInt32, cInt64, constantName, cString } from './c-text.js';

/** A case of the vectors, as generate.py writes it. */
export type VectorCase = Readonly<Record<string, unknown>>;

/** Where an array belongs: its name in C++, its struct in vectors.h, and how a case is written as one of those. */
interface VectorArray {
  readonly file: string;
  readonly name: string;
  readonly struct: string;
  /** Fields of the struct; what it points at is added to `statics`. */
  readonly fields: (one: VectorCase, statics: string[], label: string) => readonly string[];
}

/** Names of the JSON files, in the order of the header. */
export const VECTOR_FILES: readonly string[] = [
  ...['times', 'numbers', 'decimals', 'scalars', 'audios', 'controls'],
  ...['configs', 'commands', 'acks', 'time-responses', 'topics', 'otas'],
];

const ARRAYS: readonly VectorArray[] = [
  array('times', 'TimeVector', (c) => [text(c.text), ...optional(c.epochMs, cInt64), bool(c.canonical)]),
  array('numbers', 'NumberVector', (c) => [int32(c.value), int32(c.decimals), text(c.text)]),
  array('decimals', 'DecimalVector', (c) => [text(c.text), ...optional(c.thousandths, cInt32)]),
  array('scalars', 'ScalarVector', (c) => [
    ...[text(c.name), int32(c.value), int32(c.decimals), time(c.epochMs)],
    ...[uint32(c.seq), uint32(c.boot), text(c.payload)],
  ]),
  array('audios', 'AudioVector', (c, statics, label) => [
    ...[text(c.name), samples(c.samples, statics, label), uint32(c.sampleCount), uint32(c.sampleRateHz)],
    ...[time(c.epochMs), uint32(c.seq), uint32(c.boot)],
    ...[c.payload === null ? 'nullptr' : text(c.payload), uint32(c.payloadLength), text(c.sha256)],
  ]),
  array('controls', 'ControlVector', (c) => [
    ...[text(c.name), ...payload(c), bool(c.retained), time(c.nowMs), time(c.lastMs), text(c.lastId)],
    ...[outcome('ControlOutcome', c.outcome), uint32(c.centipercent ?? 0), text(c.commandId)],
    ...[time(c.timestampMs), time(c.expiresAtMs)],
  ]),
  array('configs', 'ConfigVector', (c, statics, label) => [
    ...[text(c.name), ...values(c.before, statics, `${label}Before`), ...payload(c), bool(c.applied)],
    ...[text(c.reason), ...values(c.after, statics, `${label}After`), text((c.unknown as string[]).join(','))],
  ]),
  array('commands', 'CommandVector', (c) => [
    ...[text(c.name), ...payload(c), time(c.nowMs), outcome('CommandOutcome', c.outcome)],
    ...[text(c.command), uint32(c.rateSeconds), text(c.commandId)],
  ]),
  array('acks', 'AckVector', (c) => [text(c.name), ...payload(c), ...optional(c.boot, uint32), uint32(c.seq ?? 0)]),
  array('time-responses', 'TimeResponseVector', (c) => [
    ...[text(c.name), time(c.askedMs), time(c.nowMs), ...payload(c), ...optional(c.utcMs, cInt64)],
  ]),
  array('topics', 'TopicVector', (c) => [`protocol::${c.constant as string}`, text(c.deviceId), text(c.topic)]),
  array('otas', 'OtaVector', (c) => [
    ...[text(c.name), ...payload(c), text(c.board), uint32(c.secureVersion), uint32(c.slotBytes)],
    ...[bool(c.accepted), text(c.signedText), text(c.signedSha256), bool(c.signatureGood), text(c.publicKey)],
  ]),
];

/** firmware/test/vectors/vectors_generated.h. @param casesOf The cases of a JSON file, by its name. */
export function vectorsHeader(casesOf: (file: string) => readonly VectorCase[]): string {
  return `// Generated from the *.json beside this file: do not edit, run \`npm run generate\`. What the fields mean is told in vectors.h.
#ifndef LOUVER_TEST_VECTORS_GENERATED_H
#define LOUVER_TEST_VECTORS_GENERATED_H

#include "vectors.h"

namespace louver {
namespace vectors {

${ARRAYS.map((one) => arrayText(one, casesOf(one.file))).join('\n\n')}

}  // namespace vectors
}  // namespace louver

#endif
`;
}

function arrayText({ name, struct, fields }: VectorArray, cases: readonly VectorCase[]): string {
  const statics: string[] = [];
  const rows = cases.map((one, i) => `    {${fields(one, statics, `${name}${i}`).join(', ')}},`);
  const single = name.endsWith('s') ? name.slice(0, -1) : name;
  return [
    ...statics,
    `static const ${struct} ${name}[] = {`,
    ...rows,
    '};',
    `constexpr size_t ${single}Count = sizeof(${name}) / sizeof(${name}[0]);`,
  ].join('\n');
}

function array(file: string, struct: string, fields: VectorArray['fields']): VectorArray {
  return { file, name: constantName(file), struct, fields };
}

function text(value: unknown): string {
  return cString(value as string);
}

function bool(value: unknown): string {
  return String(value === true);
}

function int32(value: unknown): string {
  return cInt32(value as number);
}

function uint32(value: unknown): string {
  return `${value as number}U`;
}

function time(value: unknown): string {
  return value === null ? 'kNone' : cInt64(value as number);
}

/** Whether there is one, and the one. */
function optional(value: unknown, write: (value: number) => string): readonly string[] {
  return value === null ? ['false', write(0)] : ['true', write(value as number)];
}

function outcome(struct: string, name: unknown): string {
  return `${struct}::${constantName(name as string)}`;
}

/** The bytes, and how many. */
export function payloadBytes(one: VectorCase): Uint8Array {
  if (typeof one.payload === 'string') return new TextEncoder().encode(one.payload);
  return new Uint8Array(Buffer.from(one.payload_base64 as string, 'base64'));
}

function payload(one: VectorCase): readonly string[] {
  const bytes = payloadBytes(one);
  return [cString(bytes), `${bytes.length}U`];
}

function samples(value: unknown, statics: string[], label: string): string {
  if (value === null) return 'nullptr';
  statics.push(`static const int16_t ${label}Samples[] = {${(value as number[]).join(', ')}};`);
  return `${label}Samples`;
}

function values(value: unknown, statics: string[], label: string): readonly string[] {
  const entries = Object.entries(value as Record<string, number>);
  if (entries.length === 0) return ['nullptr', '0U'];
  const rows = entries.map(([key, one]) => `{${cString(key)}, ${cInt64(Math.round(one * 1000))}}`);
  statics.push(`static const ConfigValue ${label}[] = {${rows.join(', ')}};`);
  return [label, `${entries.length}U`];
}
