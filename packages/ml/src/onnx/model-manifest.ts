import type { ModelColumn } from '@louver/core';
import { parseGoldenSamples, type GoldenSample } from './golden-samples.js';
import { parseColumns } from './manifest-columns.js';
import { outputNamesOf, parseOutputs, type OutputNames } from './manifest-outputs.js';
import { isName, isObject, problemsInWords, shown } from './manifest-values.js';

/** What a model says of its inputs and outputs; kept in the ONNX file's `metadata_props` or as JSON beside it. */
export interface ModelManifest {
  readonly name: string;
  readonly version: string;
  /**
   * SHA-256 of the file, 64 hex digits: in JSON beside the model of the whole file, as `sha256sum` prints it; in `metadata_props` of the
   * file without its `metadata_props`, for no file can hold its own hash.
   */
  readonly sha256?: string;
  /** SHA-256 of every other file that its weights lie in, by the location that the model has for it. */
  readonly externalData?: Readonly<Record<string, string>>;
  /** Recipe of the audio features it was trained on. */
  readonly recipe?: string | undefined;
  /** Name of the input; absent: the model's only one. */
  readonly input?: string | undefined;
  readonly columns: readonly ModelColumn[];
  readonly outputs: OutputNames;
  /** What it was trained on, in a person's words or as a reference to the data. */
  readonly trainedOn?: string | undefined;
  /** At most 100. */
  readonly goldenSamples?: readonly GoldenSample[];
}

/** Key of the manifest in `metadata_props`. */
export const MANIFEST_KEY = 'louver.manifest';

/** Whether a JSON file beside a model is a manifest and not something else of the same name. */
export function looksLikeManifest(value: unknown): boolean {
  return isObject(value) && 'columns' in value;
}

/** Checks a manifest; throws one `Error` that lists every problem with the value found and what is expected. */
export function parseManifest(value: unknown): ModelManifest {
  if (!isObject(value)) throw new Error(`it is ${shown(value)}, expected an object`);
  const problems: string[] = [];
  const text = (key: string, required = false): string | undefined => {
    if (isName(value[key])) return value[key];
    if (required || value[key] !== undefined) problems.push(`${key} is ${shown(value[key])}, expected a text`);
    return undefined;
  };
  const outputs = parseOutputs(value['outputs'], problems);
  const sha256 = parseHash(value['sha256'], 'sha256', problems);
  const externalData = parseExternalData(value['externalData'], problems);
  const columns = parseColumns(value['columns'], problems);
  const goldenSamples = parseGoldenSamples(value['goldenSamples'], columns, outputNamesOf({ outputs }), problems);
  const manifest: ModelManifest = {
    name: text('name', true) ?? '',
    version: text('version', true) ?? '',
    ...(sha256 !== undefined && { sha256 }),
    ...(externalData && { externalData }),
    recipe: text('recipe'),
    input: text('input'),
    columns,
    outputs,
    trainedOn: text('trainedOn'),
    ...(goldenSamples && { goldenSamples }),
  };
  if (problems.length > 0) throw new Error(problemsInWords(problems));
  return manifest;
}

function parseHash(value: unknown, path: string, problems: string[]): string | undefined {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
  if (value !== undefined) problems.push(`${path} is ${shown(value)}, expected 64 hex digits as sha256sum prints them`);
  return undefined;
}

function parseExternalData(value: unknown, problems: string[]): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) {
    problems.push(`externalData is ${shown(value)}, expected {"<location>": "<sha256>"}`);
    return undefined;
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([location, hash]) => {
      const parsed = parseHash(hash ?? null, `externalData[${shown(location)}]`, problems);
      return parsed === undefined ? [] : [[location, parsed] as const];
    }),
  );
}
