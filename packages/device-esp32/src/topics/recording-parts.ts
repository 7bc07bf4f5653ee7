import { LouverError } from '@louver/core';
import { matchDevice, type TopicPattern } from './topic-pattern.js';

/** Which part of which recording [P-9]. */
export interface PartName {
  /** 1 to 32 of `A-Z a-z 0-9 _ . -`, the device's own name for it. */
  readonly file: string;
  readonly part:
    | { readonly type: 'init' }
    /** In bytes from the file's beginning. */
    | { readonly type: 'bytes'; readonly offset: number }
    /** Of the whole file, in bytes; SHA-256 in 64 hex digits. */
    | { readonly type: 'end'; readonly size: number; readonly sha256: string };
}

const FILE = /^[A-Za-z0-9_.-]{1,32}$/;
const NUMBER = /^\d{1,10}$/;
const SHA256 = /^[0-9A-Fa-f]{64}$/;

/** What is below the topic of recordings: `+/init`, `+/{offset}` and `+/fin/{size}/{sha256}`. */
export function partFilters({ filter }: TopicPattern): readonly string[] {
  return [`${filter}/+/+`, `${filter}/+/fin/+/+`];
}

export function partTail({ file, part }: PartName): string {
  if (!FILE.test(file)) {
    const expected = '1 to 32 of A-Z a-z 0-9 _ . -';
    throw new LouverError('E_CONFIG', `file is ${JSON.stringify(file)}, expected ${expected}`);
  }
  switch (part.type) {
    case 'init':
      return `/${file}/init`;
    case 'bytes':
      return `/${file}/${part.offset}`;
    case 'end':
      return `/${file}/fin/${part.size}/${part.sha256}`;
  }
}

/** Device and part of a topic below that of recordings, else `undefined`. `part` is missing where the levels name none. */
export function parsePart(
  audio: TopicPattern,
  topic: string,
): { readonly deviceId: string; readonly part: PartName | undefined } | undefined {
  const levels = topic.split('/');
  const below = audio.filter.split('/').length;
  const rest = levels.slice(below);
  if (rest.length !== 2 && !(rest.length === 4 && rest[1] === 'fin')) return undefined;
  const deviceId = matchDevice(audio, levels.slice(0, below).join('/'));
  return deviceId === undefined ? undefined : { deviceId, part: partOf(rest) };
}

function partOf([file = '', second = '', size = '', sha256 = '']: readonly string[]): PartName | undefined {
  if (!FILE.test(file)) return undefined;
  if (second === 'init') return { file, part: { type: 'init' } };
  if (NUMBER.test(second)) return { file, part: { type: 'bytes', offset: Number(second) } };
  if (second !== 'fin' || !NUMBER.test(size) || !SHA256.test(sha256)) return undefined;
  return { file, part: { type: 'end', size: Number(size), sha256: sha256.toLowerCase() } };
}
