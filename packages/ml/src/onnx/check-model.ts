import { withoutCode } from '@louver/core';
import type { ExternalFiles } from './external-data.js';
import { sha256 } from './model-hash.js';
import type { ModelManifest } from './model-manifest.js';
import {
  CHECK_OF,
  OPENING_STEPS,
  READING_STEPS,
  type ModelCheck,
  type ModelStep,
  type Opening,
} from './model-steps.js';
import type { OnnxMetadata } from './onnx-metadata.js';
import { inWords } from './read-bounded.js';
import type { TensorInfo } from './tensor-types.js';

/** How one check of a model went. */
export interface ModelCheckResult {
  readonly check: ModelCheck;
  /** `skipped`: there was nothing to check, or what it needs is not there. */
  readonly state: 'ok' | 'failed' | 'skipped';
  /** What was found, or what is wrong and what to do. */
  readonly words: string;
}

/** What can be said of a file that should be a model: as much as it gives away. */
export interface ModelReport {
  readonly path: string;
  /** In the order that they were made. */
  readonly checks: readonly ModelCheckResult[];
  /** Absent when it cannot be read as ONNX. */
  readonly file?: {
    readonly bytes: number;
    /** As `sha256sum` prints it. */
    readonly sha256: string;
    /** What a manifest in `metadata_props` gives as its `sha256`. */
    readonly sha256WithoutMetadata: string;
    readonly metadata: OnnxMetadata;
    /** The files that its weights lie in besides. */
    readonly externalData: readonly { readonly location: string; readonly bytes: number; readonly sha256: string }[];
  };
  /** Absent when there is none, or none that is right. */
  readonly manifest?: ModelManifest;
  /** Absent when the runtime does not load it. */
  readonly inputs?: readonly TensorInfo[];
  readonly outputs?: readonly TensorInfo[];
}

/** Says what is in a model's file, without running it. Never rejects for a model that is wrong: `checks` says what is. */
export function inspectModel(path: string): Promise<ModelReport> {
  const opened = OPENING_STEPS.filter(({ check }) => check === 'manifest' || check === 'runtime');
  return reportOf(path, [...READING_STEPS, ...opened]);
}

/**
 * Makes every check that opening a model makes, also those after one that failed where they do not depend on it. `onCheck` hears of each
 * as it is made. Never rejects for a model that is wrong: `checks` says what is.
 */
export function checkModel(path: string, onCheck?: (result: ModelCheckResult) => void): Promise<ModelReport> {
  return reportOf(path, [...READING_STEPS, ...OPENING_STEPS], onCheck);
}

async function reportOf(
  path: string,
  steps: readonly ModelStep[],
  onCheck?: (result: ModelCheckResult) => void,
): Promise<ModelReport> {
  let opening: Opening = {};
  const checks: ModelCheckResult[] = [];
  for (const step of steps) {
    const made = await performed(step, path, opening);
    opening = { ...opening, ...made.gives };
    checks.push(made.result);
    onCheck?.(made.result);
  }
  const { file, located, model } = opening;
  await model?.release();
  return {
    path,
    checks,
    ...(file && {
      file: {
        bytes: opening.bytes!.length,
        sha256: file.sha256,
        sha256WithoutMetadata: file.sha256WithoutMetadata,
        metadata: file.metadata,
        externalData: externalData(file.external),
      },
    }),
    ...(located && { manifest: located.manifest }),
    ...(model && { inputs: model.inputs, outputs: model.outputs }),
  };
}

async function performed(
  { check, needs, run }: ModelStep,
  path: string,
  opening: Opening,
): Promise<{ readonly result: ModelCheckResult; readonly gives?: Opening | undefined }> {
  const lacking = needs.filter((part) => opening[part] === undefined);
  if (lacking.length > 0) {
    const before = lacking.map((part) => CHECK_OF[part]).join(' and ');
    return { result: { check, state: 'skipped', words: `needs ${before} first` } };
  }
  try {
    const { words, skipped, gives } = await run(path, opening);
    return { result: { check, state: skipped ? 'skipped' : 'ok', words }, gives };
  } catch (error) {
    const words = withoutCode(inWords(error));
    return { result: { check, state: 'failed', words: words.replace(`${path}: `, '') } };
  }
}

function externalData(files: ExternalFiles): NonNullable<ModelReport['file']>['externalData'] {
  return [...files].map(([location, bytes]) => ({ location, bytes: bytes.length, sha256: sha256(bytes) }));
}
