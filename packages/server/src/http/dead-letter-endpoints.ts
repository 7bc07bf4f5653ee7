import { LouverError, withoutCode, type Clock, type Pipeline, type StorageReader } from '@louver/core';
import type { ApiContext } from './api-types.js';
import { deadLetterJson, headJson, SHOWN_CHARS, wholeDeadLetterJson } from './dead-letter-json.js';
import { jsonBody } from './json-body.js';
import { jsonList } from './json-list.js';
import { deadLetterParameters, letterParameters, readParameters } from './parameters.js';
import { badParameters, problem } from './problem-document.js';
import { replayDeadLetters, type ReplayReport } from './replay-dead-letters.js';
import { replaySelection } from './replay-selection.js';
import { isoTime } from './representation.js';
import { isAway } from './storage-guard.js';

export interface DeadLetterParts {
  readonly reader: StorageReader;
  /** Absent: this process takes nothing in. */
  readonly replay: Pipeline['replay'] | undefined;
  readonly clock: Clock;
}

export async function listDeadLetters(c: ApiContext, reader: StorageReader): Promise<Response> {
  const parsed = readParameters(c, deadLetterParameters);
  if (!parsed.ok) return badParameters(c, parsed.errors);
  const { code, device, from, to, limit } = parsed.value;
  const letters = await reader.deadLetters({
    ...(code !== undefined && { code }),
    ...(device !== undefined && { deviceId: device }),
    ...(from !== undefined && { fromMs: from }),
    ...(to !== undefined && { toMs: to }),
    limit,
    maxPayloadChars: SHOWN_CHARS,
  });
  return jsonList(c, {}, 'dead_letters', letters, deadLetterJson);
}

export async function oneDeadLetter(c: ApiContext, reader: StorageReader): Promise<Response> {
  const parsed = readParameters(c, letterParameters);
  if (!parsed.ok) return badParameters(c, parsed.errors);
  const [letter] = await reader.deadLetters({ messageIds: [parsed.value.id], limit: 1 });
  if (letter !== undefined) return c.json(wholeDeadLetterJson(letter));
  const detail =
    'there is no dead letter with this message_id, or it was taken in again: GET /api/dead-letters lists them';
  return problem(c, 'unknown-dead-letter', detail);
}

export async function replayLetters(c: ApiContext, { reader, replay, clock }: DeadLetterParts): Promise<Response> {
  if (replay === undefined) return problem(c, 'not-in-this-role', 'this server takes nothing in (its role)');
  const body = await jsonBody(c, '{"code": "too-large"}');
  if (body instanceof Response) return body;
  const selection = replaySelection(body);
  if (!selection.ok) return badParameters(c, selection.errors);
  try {
    const report = await replayDeadLetters({ reader, replay, clock }, selection.value);
    return c.json(reportJson(report, selection.value.dryRun));
  } catch (error) {
    if (isAway(error) || !LouverError.is(error) || !error.code.startsWith('E_JOURNAL')) throw error;
    const detail = `the journal takes nothing now: ${withoutCode(error.message)}. Try again, nothing is doubled`;
    return problem(c, 'journal-unavailable', detail, { headers: { 'retry-after': '5' } });
  }
}

function reportJson({ takenIn, refused, unknown, remaining, nextTo }: ReplayReport, dryRun: boolean): object {
  return {
    dry_run: dryRun,
    taken_in: takenIn.length,
    refused: refused.map(({ letter, code, detail }) => ({ ...headJson(letter), code, detail })),
    unknown,
    remaining,
    next_to: nextTo === undefined ? null : isoTime(nextTo),
  };
}
