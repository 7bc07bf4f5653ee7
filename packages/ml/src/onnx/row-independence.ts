import { runRows, sessionOf, type OnnxSession } from './onnx-session.js';
import { trialRows } from './trial-rows.js';
import type { TriedModel } from './tried-model.js';

/** More say nothing new. */
const MAX_TRIALS = 9;

interface KnownRow {
  readonly row: readonly number[];
  readonly alone: ReadonlyMap<string, number>;
}

/** The session for as many rows at once as leave each other alone. */
export async function batched({ session, ...fit }: TriedModel): Promise<OnnxSession> {
  if (session.maxRows === 1) return session;
  // Between layers float16 rounds to 2^-11; rows that influence each other differ by far more.
  const tolerance = fit.model.outputs.some(({ type }) => type === 'float16') ? 2 ** -8 : 1e-4;
  const rows = await knownRows(session, trialRows(fit.manifest, session.maxFeature));
  return (await areIndependent(session, rows, tolerance)) ? session : sessionOf(fit, 1);
}

/** The rows that a model gives numbers for, and which. */
async function knownRows(session: OnnxSession, rows: readonly (readonly number[])[]): Promise<KnownRow[]> {
  const known: KnownRow[] = [];
  for (const row of rows) {
    if (known.length === MAX_TRIALS) break;
    // It may fail for a row that nobody would ask about.
    const answers = await runRows(session, [row]).catch(() => undefined);
    if (!answers) continue;
    const alone = new Map([...answers].map(([name, values]) => [name, values[0]!]));
    const isKnown =
      [...answers.values()].every(({ length }) => length === 1) && [...alone.values()].every(Number.isFinite);
    if (isKnown) known.push({ row, alone });
  }
  return known;
}

/**
 * Whether every row answers the same in company: dynamic quantisation scales a whole batch by its largest number, a recurrent network may
 * take the batch for its sequence, and some exporters freeze the batch size behind a symbolic shape.
 */
async function areIndependent(session: OnnxSession, rows: readonly KnownRow[], tolerance: number): Promise<boolean> {
  // One row has no company, and zeros none that counts: they are exact at every scale, and add nothing to a sum.
  if (rows.filter(({ row }) => row.some((value) => value !== 0)).length < 2) return false;
  for (const batch of batchesOf(rows, session.maxRows)) {
    if (!(await answersAsAlone(session, batch, tolerance))) return false;
  }
  return true;
}

/** All rows in both orders, for a row may depend on those before it only; then as many as fit. */
function batchesOf(rows: readonly KnownRow[], maxRows: number): KnownRow[][] {
  const size = Math.min(rows.length, maxRows);
  const batch = (order: readonly KnownRow[], from: number, length: number): KnownRow[] =>
    Array.from({ length }, (_, i) => order[(from + i) % order.length]!);
  const inBothOrders = [rows, rows.toReversed()].flatMap((order) =>
    Array.from({ length: Math.ceil(order.length / size) }, (_, i) => batch(order, i * size, size)),
  );
  return maxRows > size ? [...inBothOrders, batch(rows, 0, maxRows)] : inBothOrders;
}

async function answersAsAlone(session: OnnxSession, batch: readonly KnownRow[], tolerance: number): Promise<boolean> {
  const together = await runRows(
    session,
    batch.map(({ row }) => row),
  ).catch(() => undefined);
  if (!together) return false;
  return [...together].every(([name, values]) => {
    // Written so that NaN is a difference, too.
    const isAsAlone = ({ alone }: KnownRow, i: number): boolean => {
      const expected = alone.get(name)!;
      return Math.abs(values[i]! - expected) <= tolerance * Math.max(1, Math.abs(expected));
    };
    return values.length === batch.length && batch.every(isAsAlone);
  });
}
