import {
  LouverError,
  withoutCode,
  type Clock,
  type DeadLetterRow,
  type EpochMs,
  type Pipeline,
  type StorageReader,
} from '@louver/core';

export interface ReplaySelection {
  /** `message_id` of each. */
  readonly ids?: readonly string[] | undefined;
  readonly code?: string | undefined;
  readonly device?: string | undefined;
  readonly from?: EpochMs | undefined;
  readonly to?: EpochMs | undefined;
  readonly dryRun: boolean;
}

export interface RefusedLetter {
  readonly letter: DeadLetterRow;
  readonly code: string;
  readonly detail: string;
}

export interface ReplayReport {
  readonly takenIn: readonly string[];
  readonly refused: readonly RefusedLetter[];
  /** Ids of no dead letter: never were, or were taken in before. */
  readonly unknown: readonly string[];
  /** Letters of the selection that were not looked at; counted up to 10,000. */
  readonly remaining: number;
  /** They were received then or before. */
  readonly nextTo?: EpochMs;
}

export interface ReplayParts {
  readonly reader: StorageReader;
  readonly replay: Pipeline['replay'];
  readonly clock: Clock;
}

/** Of one request. */
export const MAX_LETTERS = 1000;
const MAX_COUNTED = 10_000;
/** Letters in memory at a time, with payloads of up to 48 KiB; a longer one comes alone. */
const CHUNK = 100;
const CHUNK_CHARS = 64 * 1024;
/** A letter is hidden when its marker is stored: a batch's delay, as long as storage is there. */
const HIDDEN_WITHIN_MS = 2_000;
const LOOK_MS = 50;

/**
 * Takes in again what is selected, up to 1,000 letters, the newest ones. Rejects as `Pipeline.replay` and the reader do, and says how many
 * were taken in before.
 */
export async function replayDeadLetters(parts: ReplayParts, selection: ReplaySelection): Promise<ReplayReport> {
  const { letters, remaining, nextTo } = await select(parts.reader, selection);
  const takenIn: string[] = [];
  const refused: RefusedLetter[] = [];
  try {
    for (let start = 0; start < letters.length; start += CHUNK) {
      for await (const chunk of withPayloads(parts.reader, letters.slice(start, start + CHUNK))) {
        const outcomes = await parts.replay(chunk, { dryRun: selection.dryRun });
        outcomes.forEach((outcome, i) => {
          if (outcome.takenIn) takenIn.push(outcome.messageId);
          else refused.push({ letter: chunk[i]!, code: outcome.code, detail: outcome.detail });
        });
      }
    }
    if (!selection.dryRun) await hidden(parts, takenIn);
  } catch (error) {
    throw after(takenIn.length, LouverError.from(error, 'E_STORAGE_UNAVAILABLE'));
  }
  const known = new Set(letters.map(({ message_id: id }) => id));
  const unknown = [...new Set(selection.ids)].filter((id) => !known.has(id));
  return { takenIn, refused, unknown, remaining, ...(nextTo !== undefined && { nextTo }) };
}

/** Without payloads. */
async function select(reader: StorageReader, { ids, code, device, from, to }: ReplaySelection) {
  const found = await reader.deadLetters({
    ...(ids !== undefined && { messageIds: ids }),
    ...(code !== undefined && { code }),
    ...(device !== undefined && { deviceId: device }),
    ...(from !== undefined && { fromMs: from }),
    ...(to !== undefined && { toMs: to }),
    limit: MAX_COUNTED + MAX_LETTERS,
    maxPayloadChars: 0,
  });
  if (found.length <= MAX_LETTERS) return { letters: found, remaining: 0 };
  // A page ends between two milliseconds, or what follows could not be named.
  let first = found.length - MAX_LETTERS;
  const edgeMs = found[first]!.received_at;
  const isCut = found[first - 1]!.received_at === edgeMs;
  if (isCut && found.at(-1)!.received_at > edgeMs) while (found[first]!.received_at === edgeMs) first++;
  else if (isCut) while (found[first - 1]?.received_at === edgeMs) first--;
  const letters = found.slice(first);
  if (first === 0) return { letters, remaining: 0 };
  return { letters, remaining: Math.min(first, MAX_COUNTED), nextTo: letters[0]!.received_at - 1 };
}

async function* withPayloads(
  reader: StorageReader,
  heads: readonly DeadLetterRow[],
): AsyncGenerator<readonly DeadLetterRow[]> {
  // Nothing tells them from one another, so they are not asked for again: they are refused as they are.
  const nameless = heads.filter(({ message_id: id }) => id === '');
  const named = heads.filter(({ message_id: id }) => id !== '');
  if (nameless.length > 0) yield nameless;
  if (named.length === 0) return;
  const found = await reader.deadLetters({
    messageIds: named.map(({ message_id: id }) => id),
    fromMs: Math.min(...named.map(({ received_at: ms }) => ms)),
    toMs: Math.max(...named.map(({ received_at: ms }) => ms)),
    limit: 10 * CHUNK,
    maxPayloadChars: CHUNK_CHARS,
  });
  yield found.filter(({ payload }) => payload.length < CHUNK_CHARS);
  for (const { message_id: id, received_at: atMs, payload } of found) {
    if (payload.length < CHUNK_CHARS) continue;
    yield await reader.deadLetters({ messageIds: [id], fromMs: atMs, toMs: atMs, limit: 1 });
  }
}

/** Whoever lists next finds them gone; not waited for while storage is slow. */
async function hidden({ reader, clock }: ReplayParts, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const query = { messageIds: ids, limit: 1, maxPayloadChars: 0 };
  const end = clock.now() + HIDDEN_WITHIN_MS;
  while ((await reader.deadLetters(query)).length > 0 && clock.now() < end) await clock.sleep(LOOK_MS);
}

function after(takenIn: number, error: LouverError): LouverError {
  if (takenIn === 0) return error;
  const message = `${withoutCode(error.message)} (${takenIn} letters were taken in before)`;
  return new LouverError(error.code, message, { retryable: error.retryable, cause: error });
}
