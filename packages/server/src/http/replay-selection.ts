import { parseRfc3339 } from '@louver/device-esp32';
import type { Parsed } from './parameters.js';
import { MAX_ID_CHARS } from './parameters.js';
import type { ParameterError } from './problem-document.js';
import { MAX_LETTERS, type ReplaySelection } from './replay-dead-letters.js';

const FILTER = ['code', 'device', 'from', 'to', 'all'];

/** The body of a request to take letters in again: which ones. Naming none is an error: that would be all. */
export function replaySelection(body: Readonly<Record<string, unknown>>): Parsed<ReplaySelection> {
  const errors: ParameterError[] = [];
  const wrong = (parameter: string, detail: string): undefined => void errors.push({ parameter, detail });
  const text = (name: string): string | undefined => {
    const found = body[name];
    if (found === undefined) return undefined;
    if (typeof found === 'string' && found.length <= MAX_ID_CHARS) return found;
    return wrong(name, `expected a string of at most ${MAX_ID_CHARS} characters`);
  };
  const time = (name: string): number | undefined => {
    if (body[name] === undefined) return undefined;
    const ms = parseRfc3339(text(name) ?? '');
    return Number.isNaN(ms) ? wrong(name, 'expected an RFC 3339 time such as 2026-01-31T12:00:00Z') : ms;
  };
  const flag = (name: string): boolean => {
    const found = body[name] ?? false;
    return typeof found === 'boolean' ? found : (wrong(name, 'expected true or false') ?? false);
  };
  for (const name of Object.keys(body)) {
    if (!['ids', 'dry_run', ...FILTER].includes(name)) {
      wrong(name.slice(0, 80), `is unknown here, expected ids, ${FILTER.join(', ')}, dry_run`);
    }
  }
  const ids = body['ids'] === undefined ? undefined : idsOf(body['ids'], wrong);
  const value = {
    ids,
    code: text('code'),
    device: text('device'),
    from: time('from'),
    to: time('to'),
    dryRun: flag('dry_run'),
  };
  const filters = FILTER.filter((name) => body[name] !== undefined && body[name] !== false);
  if (body['ids'] !== undefined && filters.length > 0)
    wrong('ids', `stand beside ${filters.join(', ')}, expected either`);
  if (body['ids'] === undefined && filters.length === 0) {
    wrong('ids', 'are missing: expected ids, one of code, device, from, to, or "all": true');
  }
  if (flag('all') && filters.length > 1) wrong('all', 'stands beside a filter, expected either');
  return errors.length === 0 ? { ok: true, value } : { ok: false, errors };
}

function idsOf(found: unknown, wrong: (parameter: string, detail: string) => undefined): string[] | undefined {
  const isList = Array.isArray(found) && found.length >= 1 && found.length <= MAX_LETTERS;
  const isId = (id: unknown): id is string => typeof id === 'string' && id !== '' && id.length <= MAX_ID_CHARS;
  if (isList && found.every(isId)) return found;
  return wrong('ids', `expected a list of 1 to ${MAX_LETTERS} strings of 1 to ${MAX_ID_CHARS} characters`);
}
