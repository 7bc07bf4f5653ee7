import type { Journal, NoteRecord, Position } from '../journal.js';
import type { DeviceSequences } from './device-sequences.js';

const KEY = 'ack:';
/** Some 100 KiB: fits what the journal keeps free for records of our own. */
const APPEND_NOTES = 1_000;

/** Up to where a device was told that it may forget: the boots, the newest first, each with its number. */
export interface AckNote {
  readonly deviceId: string;
  readonly seenMs: number;
  readonly boots: readonly (readonly [boot: number, upTo: number])[];
}

/** Resolves when what is known of these devices is in the journal; their older notes are let go of. */
export async function writeAckNotes(journal: Journal, devices: readonly DeviceSequences[]): Promise<void> {
  // A journal in memory forgets them together with what they are needed for.
  if (journal.level === 'none') return;
  const parts: Promise<void>[] = [];
  for (let i = 0; i < devices.length; i += APPEND_NOTES) {
    parts.push(writePart(journal, devices.slice(i, i + APPEND_NOTES)));
  }
  await Promise.all(parts);
}

async function writePart(journal: Journal, devices: readonly DeviceSequences[]): Promise<void> {
  const { first } = await journal.append(devices.map(noteOf), { own: true });
  const older: Position[] = [];
  devices.forEach((device, i) => {
    if (device.notePosition > 0) older.push(device.notePosition);
    device.notePosition = first + i;
  });
  if (older.length > 0) journal.settle(older);
}

function noteOf({ deviceId, seenMs, boots }: DeviceSequences): NoteRecord {
  const known = boots.flatMap(({ boot, upTo }) => (upTo === undefined ? [] : [[boot, upTo] as const]));
  return { type: 'note', key: KEY + deviceId, value: JSON.stringify({ seenMs, boots: known }) };
}

/** `undefined` for a note of somebody else's; without boots when it cannot be read. */
export function parseAckNote({ key, value }: NoteRecord): AckNote | undefined {
  if (!key.startsWith(KEY)) return undefined;
  const deviceId = key.slice(KEY.length);
  try {
    const { seenMs, boots } = JSON.parse(value) as { seenMs?: unknown; boots?: unknown };
    if (typeof seenMs === 'number' && Array.isArray(boots) && boots.every(isPair)) return { deviceId, seenMs, boots };
  } catch {
    // Known by what is returned.
  }
  return { deviceId, seenMs: 0, boots: [] };
}

function isPair(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => Number.isInteger(part));
}
