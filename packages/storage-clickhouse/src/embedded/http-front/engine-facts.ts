import type { GuestDoor } from '../guest-door.js';
import type { ChdbSession } from '../load-chdb.js';
import { REFUSED_CATEGORIES, REFUSED_FUNCTIONS } from './guard-lists.js';
import type { Refusals } from './guard.js';
import { quotedText } from './sql-tokens.js';

/** What answers say of the engine, and what of it is refused. */
export interface EngineFacts {
  readonly version: string;
  readonly timeZone: string;
  readonly displayName: string;
  readonly refusals: Refusals;
}

const list = (names: readonly string[]): string => names.map(quotedText).join(', ');

const ABOUT = `SELECT version() AS version, timezone() AS timeZone, displayName() AS displayName,
  (SELECT groupArray(lower(name)) FROM system.table_functions) AS tableFunctions,
  (SELECT groupArray(lower(name)) FROM system.functions WHERE hasAny(splitByString(', ', categories), [${list(REFUSED_CATEGORIES)}])
    OR lower(alias_to) IN (${list(REFUSED_FUNCTIONS)})) AS functions`;

interface About {
  readonly version: string;
  readonly timeZone: string;
  readonly displayName: string;
  readonly tableFunctions: readonly string[];
  readonly functions: readonly string[];
}

/** Asks the engine itself: a newer one may have more that must be refused. */
export function engineFacts(door: GuestDoor): Promise<EngineFacts> {
  return door.call(async () => {
    const session: ChdbSession = door.openSession();
    try {
      const answer = await session.queryAsync(ABOUT, { format: 'JSONEachRow' });
      const { tableFunctions, functions, ...rest } = JSON.parse(answer.text()) as About;
      const refusals = {
        tableFunctions: new Set(tableFunctions),
        functions: new Set([...functions, ...REFUSED_FUNCTIONS]),
      };
      return { ...rest, refusals };
    } finally {
      session.close();
    }
  });
}
