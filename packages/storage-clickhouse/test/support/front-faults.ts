import { setTimeout as sleep } from 'node:timers/promises';
import type { ChdbFront, Interception } from './chdb-front.js';

/** What a database, or what stands before it, does to those who ask. */
export type Fault =
  | { readonly kind: 'none' }
  /** Every query takes so long before it is carried out; a ping is answered at once. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Takes everything in and never answers it, also not later. `after`: inserts are carried out. */
  | { readonly kind: 'hang'; readonly when: 'before' | 'after' }
  /** The connection breaks off. `after`: when an insert was carried out; other queries are served. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' }
  | { readonly kind: 'answer'; readonly status: number; readonly body: string; readonly code?: number }
  /** Of the inserts `share` are kept waiting, cut off or refused in turns that `random` decides; the others are served. */
  | { readonly kind: 'moody'; readonly share: number; readonly random: () => number };

/** Makes the front behave so from now on; what was left without an answer stays so. */
export function misbehave(front: ChdbFront, fault: Fault): void {
  front.intercept = undefined;
  front.interceptAnswer = undefined;
  front.delay = undefined;
  const whenInserted =
    (then: Interception): Interception =>
    (request, response, sql) =>
      isInsert(sql) && then(request, response, sql);
  switch (fault.kind) {
    case 'none':
      return;
    case 'slow':
      front.delay = () => sleep(fault.ms);
      return;
    case 'hang':
      // The lookups that settle what is in doubt hang as well.
      front.intercept = (_request, _response, sql) => fault.when === 'before' || !isInsert(sql);
      if (fault.when === 'after') front.interceptAnswer = whenInserted(() => true);
      return;
    case 'cut':
      if (fault.when === 'before') front.intercept = cut;
      else front.interceptAnswer = whenInserted(cut);
      return;
    case 'answer':
      front.intercept = (_request, response) => {
        if (fault.code !== undefined) response.setHeader('X-ClickHouse-Exception-Code', String(fault.code));
        response.writeHead(fault.status).end(fault.body);
        return true;
      };
      return;
    case 'moody':
      beMoody(front, fault.share, fault.random);
  }
}

/** Longer than a server needs to start again. */
const MOST_LATE_MS = 2_500;

function beMoody(front: ChdbFront, share: number, random: () => number): void {
  type Mood = 'late' | 'cut' | 'cut-late' | 'cut-answer' | 'error' | 'half-answer';
  const moods: readonly Mood[] = ['late', 'cut', 'cut-late', 'cut-answer', 'error', 'half-answer'];
  const moodOf = new Map<unknown, Mood>();
  front.intercept = (request, response, sql) => {
    if (!isInsert(sql) || random() >= share) return false;
    const mood = moods[Math.floor(random() * moods.length)]!;
    if (mood === 'cut') return cut(request, response, sql);
    if (mood === 'error') {
      const words =
        'Code: 241. DB::Exception: (total) memory limit exceeded. (MEMORY_LIMIT_EXCEEDED) (version 26.7.2.1)';
      response.writeHead(500, { 'X-ClickHouse-Exception-Code': '241' }).end(words);
      return true;
    }
    moodOf.set(request, mood);
    // Its client goes at once, and it is carried out nevertheless.
    if (mood === 'cut-late') cut(request, response, sql);
    return false;
  };
  // For whichever insert comes next: it is the waiting that counts.
  front.delay = (sql) => (isInsert(sql) && random() < share ? sleep(random() * MOST_LATE_MS) : undefined);
  front.interceptAnswer = (request, response, sql) => {
    const mood = moodOf.get(request);
    moodOf.delete(request);
    if (mood === 'cut-answer') return cut(request, response, sql);
    if (mood !== 'half-answer') return false;
    response.writeHead(200, { 'X-ClickHouse-Query-Id': 'half', 'Content-Length': '100' }).write(' ');
    setImmediate(() => response.socket?.destroy());
    return true;
  };
}

const isInsert = (sql: string): boolean => sql.startsWith('INSERT INTO');

const cut: Interception = (_request, response) => {
  response.socket?.destroy();
  return true;
};
