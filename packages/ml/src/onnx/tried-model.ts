import { fixedRowsOf, runRows, sessionOf, type FittingModel, type OnnxSession } from './onnx-session.js';
import { firstTrial, type TrialValue } from './trial-rows.js';

const MAX_ROWS = 64;
/** Then whoever reads knows which. */
const NAMED = 5;

/** A model that gives finite numbers. */
export interface TriedModel extends FittingModel {
  readonly session: OnnxSession;
  /** What it gives for its stand-ins, by output. */
  readonly alone: ReadonlyMap<string, Float32Array>;
}

/** Runs a model on its own stand-ins: NaN weights load without a word. Throws an `Error` in words. */
export async function tried(fit: FittingModel): Promise<TriedModel> {
  const session = sessionOf(fit, fixedRowsOf(fit.input) ?? MAX_ROWS);
  const row = firstTrial(fit.manifest, session.maxFeature);
  const tooLarge = row.find(({ value }) => Math.abs(value) > session.maxFeature);
  if (tooLarge) {
    const { name, value } = tooLarge;
    throw new Error(`ifMissing of ${name} is ${value}, expected at most 65504: it counts in float16`);
  }
  const alone = await runRows(session, [row.map(({ value }) => value)]);
  for (const [name, values] of alone) {
    if (values.length === 1 && Number.isFinite(values[0])) continue;
    const found = values.length === 1 ? `${values[0]}` : `${values.length} numbers`;
    throw new Error(
      `its output ${name} is ${found} for ${putIn(row)}, expected a finite number: ${values.length === 1 ? zeros(row) : ''}the weights are ` +
        `damaged, or the export lost a part: train or export it again`,
    );
  }
  return { ...fit, session, alone };
}

const SOURCE = { 'stand-in': '', 'golden sample': ' (golden sample 1)', range: ' (middle of its range)', nothing: '' };

function putIn(row: readonly TrialValue[]): string {
  const held = row.filter(({ from }) => from !== 'stand-in');
  const own = held.length < row.length ? ['its own stand-in values'] : [];
  return listed([...own, ...held.map(({ name, value, from }) => `${value} for ${name}${SOURCE[from]}`)]);
}

/** 0 was only a guess: the logarithm of a humidity is right, and of 0 it is none. */
function zeros(row: readonly TrialValue[]): string {
  const guessed = row.filter(({ from }) => from === 'nothing').map(({ name }) => name);
  if (guessed.length === 0) return '';
  return `if 0 is no value for ${listed(guessed)}, give a range or a golden sample in the manifest; otherwise `;
}

function listed(items: readonly string[]): string {
  const more = items.length - NAMED;
  return [...items.slice(0, NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
