import { withoutCode } from '@louver/core';
import { printable } from './printable.js';

/** As the HTTP API gives it; `payload` only where it was asked for. */
export interface ListedLetter {
  readonly message_id: string;
  readonly received_at: string | null;
  readonly device_id: string;
  readonly topic: string;
  readonly code: string;
  readonly detail: string;
  readonly payload?: string;
  readonly payload_encoding?: 'utf-8' | 'base64';
}

const COLUMNS = [
  ['TIME', 24, (letter: ListedLetter) => letter.received_at ?? '?'],
  ['DEVICE', 24, (letter: ListedLetter) => letter.device_id || '-'],
  ['TOPIC', 40, (letter: ListedLetter) => letter.topic],
  ['CODE', 16, (letter: ListedLetter) => letter.code],
  ['DETAIL', 70, (letter: ListedLetter) => withoutCode(letter.detail)],
  // Whole: it is what `show` and `replay` want.
  ['ID', Infinity, (letter: ListedLetter) => letter.message_id || '-'],
] as const;

/** A line of titles and one of each letter, in columns. */
export function letterTable(letters: readonly ListedLetter[]): readonly string[] {
  const rows = [
    COLUMNS.map(([title]) => title as string),
    ...letters.map((letter) => COLUMNS.map(([, most, cell]) => printable(cell(letter), most))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

/** E.g. `3 dead letters: 2 not-json, 1 too-large`. */
export function countLine(letters: readonly ListedLetter[]): string {
  const counts = new Map<string, number>();
  for (const { code } of letters) counts.set(code, (counts.get(code) ?? 0) + 1);
  const byCode = [...counts].sort(([, a], [, b]) => b - a).map(([code, count]) => `${count} ${printable(code, 40)}`);
  return `${many(letters.length)}: ${byCode.join(', ')}`;
}

/** One letter, a line for each member. */
export function letterLines(letter: ListedLetter): readonly string[] {
  const { payload = '', payload_encoding: encoding } = letter;
  const form = encoding === 'base64' ? 'payload (base64)' : 'payload';
  return [
    ['id', letter.message_id],
    ['received', letter.received_at ?? '?'],
    ['device', letter.device_id],
    ['topic', letter.topic],
    ['code', letter.code],
    ['detail', withoutCode(letter.detail)],
    [form, payload],
  ].map(([name, value]) => `${`${name}:`.padEnd(10)} ${printable(value!)}`);
}

/** One that was not taken in, and why. */
export function refusedLine({ message_id: id, topic, code, detail }: ListedLetter): string {
  return `${printable(id) || '(no id)'}  ${printable(topic, 60)}  ${printable(code, 40)}: ${printable(withoutCode(detail), 300)}`;
}

export function many(letters: number): string {
  return letters === 1 ? '1 dead letter' : `${letters} dead letters`;
}
