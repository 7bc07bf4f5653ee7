import { LouverError } from '@louver/core';
import { checkGoldenSamples } from './check-golden-samples.js';
import { locatedManifest, type LocatedManifest } from './manifest-file.js';
import { outputNamesOf } from './manifest-outputs.js';
import { modelError, modelFileOf, readModelBytes, type ModelFile } from './model-file.js';
import { checkHashes } from './model-hash.js';
import { fitting, type FittingModel, type OnnxSession } from './onnx-session.js';
import { openModel, type OpenModel } from './open-model.js';
import { inWords } from './read-bounded.js';
import { batched } from './row-independence.js';
import { shapeInWords } from './tensor-types.js';
import { tried, type TriedModel } from './tried-model.js';

/** What is checked of a model, by name. */
export type ModelCheck =
  | 'readable'
  | 'ONNX'
  | 'manifest'
  | 'sha256'
  | 'runtime'
  | 'inputs and outputs'
  | 'stand-ins'
  | 'rows'
  | 'golden samples';

/** What opening a model brings together, step by step. */
export interface Opening {
  readonly bytes?: Uint8Array;
  readonly file?: ModelFile;
  readonly located?: LocatedManifest;
  readonly model?: OpenModel;
  readonly fit?: FittingModel;
  readonly trial?: TriedModel;
  readonly session?: OnnxSession;
}

type Having<Parts extends keyof Opening> = { readonly [Part in Parts]-?: NonNullable<Opening[Part]> };

interface StepResult {
  readonly gives?: Opening;
  /** What was found, in words. */
  readonly words: string;
  /** There was nothing to check. */
  readonly skipped?: boolean;
}

export interface ModelStep {
  readonly check: ModelCheck;
  readonly needs: readonly (keyof Opening)[];
  /** Rejects with `E_MODEL`, the file's name and what is wrong. */
  run(path: string, opening: Opening): Promise<StepResult>;
}

function step<const Needs extends keyof Opening>(
  check: ModelCheck,
  needs: readonly Needs[],
  run: (have: Having<Needs>, path: string) => StepResult | Promise<StepResult>,
): ModelStep {
  return {
    check,
    needs,
    async run(path, opening) {
      try {
        return await run(opening as Having<Needs>, path);
      } catch (error) {
        throw LouverError.is(error) ? error : modelError(path, inWords(error), error);
      }
    },
  };
}

/** The check after which a part is there. */
export const CHECK_OF: Readonly<Record<keyof Opening, ModelCheck>> = {
  bytes: 'readable',
  file: 'ONNX',
  located: 'manifest',
  model: 'runtime',
  fit: 'inputs and outputs',
  trial: 'stand-ins',
  session: 'rows',
};

/** How a file is read. */
export const READING_STEPS: readonly ModelStep[] = [
  step('readable', [], async (_, path) => {
    const bytes = await readModelBytes(path);
    return { gives: { bytes }, words: `${bytes.length} bytes` };
  }),
  step('ONNX', ['bytes'], async ({ bytes }, path) => {
    const file = await modelFileOf(path, bytes);
    const { irVersion, opsets } = file.metadata;
    const operators = [...opsets].map(([domain, version]) => `${domain} ${version}`).join(', ');
    const others = file.external.size > 0 ? `, weights in ${[...file.external.keys()].join(', ')}` : '';
    return { gives: { file }, words: `IR version ${irVersion}, opset ${operators}${others}` };
  }),
];

/** How a file that was read is opened. Hashes come before the runtime: what was changed is not run. */
export const OPENING_STEPS: readonly ModelStep[] = [
  step('manifest', ['file'], async ({ file }) => {
    const located = await locatedManifest(file);
    const { name, version, columns } = located.manifest;
    return { gives: { located }, words: `${name} ${version}, ${columns.length} columns, from ${located.where}` };
  }),
  step('sha256', ['file', 'located'], ({ file, located }) => {
    const { words, compared } = checkHashes(file, located);
    return { words, skipped: !compared };
  }),
  step('runtime', ['file'], async ({ file }) => {
    const model = await openModel(file);
    return { gives: { model }, words: 'onnxruntime-web loads it' };
  }),
  step('inputs and outputs', ['model', 'located'], ({ model, located }) => {
    const fit = fitting(model, located.manifest);
    const { name, type, shape } = fit.input;
    const outputs = outputNamesOf(located.manifest).join(', ');
    return { gives: { fit }, words: `${name} ${type} ${shapeInWords(shape)} to ${outputs}` };
  }),
  step('stand-ins', ['fit'], async ({ fit }) => {
    const trial = await tried(fit);
    const found = [...trial.alone].map(([name, [value]]) => `${name} ${Number(value!.toPrecision(4))}`).join(', ');
    return { gives: { trial }, words: `give finite numbers (${found})` };
  }),
  step('rows', ['trial'], async ({ trial }) => {
    const session = await batched(trial);
    const { maxRows } = session;
    const one =
      trial.session.maxRows === 1 ? 'it takes one row' : 'rows in company change each other, or none could be compared';
    return {
      gives: { session },
      words: maxRows > 1 ? `independent: up to ${maxRows} in one run` : `one a run: ${one}`,
    };
  }),
  step('golden samples', ['located', 'session'], async ({ located: { manifest }, session }) => {
    const count = manifest.goldenSamples?.length ?? 0;
    if (count === 0) return { words: 'the manifest has none', skipped: true };
    const most = await checkGoldenSamples(session, manifest);
    return { words: `${count} as in training, largest difference ${Number(most.toPrecision(2))}` };
  }),
];
