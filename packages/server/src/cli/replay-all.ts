import type { ListedLetter } from './dead-letters-table.js';
import type { HttpClient } from './http-client.js';

/** What became of all that was selected. */
export interface ReplayTally {
  readonly dry_run: boolean;
  readonly taken_in: number;
  readonly refused: readonly ListedLetter[];
  readonly unknown: readonly string[];
}

interface Answer extends ReplayTally {
  readonly remaining: number;
  readonly next_to: string | null;
}

/** One request takes a thousand at the most, and as many ids. */
const MAX_IDS = 500;

/** Asks the server until nothing of the selection is left; `remark` hears how far it is. */
export async function replayAll(
  client: HttpClient,
  selection: object,
  remark: (line: string) => void,
): Promise<ReplayTally> {
  const { ids } = selection as { readonly ids?: readonly string[] };
  const waiting: object[] =
    ids === undefined ? [selection] : parts([...new Set(ids)]).map((part) => ({ ...selection, ids: part }));
  const dryRun = (selection as { readonly dry_run: boolean }).dry_run;
  const refused: ListedLetter[] = [];
  const unknown: string[] = [];
  let takenIn = 0;
  for (let body = waiting.shift(); body !== undefined; body = waiting.shift()) {
    const answer = (await client.post('/api/dead-letters/replay', body)) as Answer;
    takenIn += answer.taken_in;
    refused.push(...answer.refused);
    unknown.push(...answer.unknown);
    if (answer.next_to !== null) {
      // "All" and a bound are one: all up to there.
      const { all: _all, ...filter } = body as { readonly all?: boolean };
      waiting.push({ ...filter, to: answer.next_to });
      remark(`${takenIn} taken in, ${refused.length} refused, ${answer.remaining} to go`);
    }
  }
  return { dry_run: dryRun, taken_in: takenIn, refused, unknown };
}

function parts(ids: readonly string[]): readonly (readonly string[])[] {
  const all: (readonly string[])[] = [];
  for (let start = 0; start < ids.length; start += MAX_IDS) all.push(ids.slice(start, start + MAX_IDS));
  return all;
}
