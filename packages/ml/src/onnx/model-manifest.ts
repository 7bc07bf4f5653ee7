import type { ModelColumn } from '@louver/core';

/** What a model says of its inputs and outputs; kept in the ONNX file's `metadata_props` or as JSON beside it. */
export interface ModelManifest {
  readonly name: string;
  readonly version: string;
  /** Recipe of the audio features it was trained on. */
  readonly recipe?: string | undefined;
  /** Name of the input; absent: the model's only one. */
  readonly input?: string | undefined;
  readonly columns: readonly ModelColumn[];
  /** Names of outputs: position in percent open; its natural log variance in percent², or a confidence of 0..1. */
  readonly outputs: { readonly position: string; readonly logVariance?: string; readonly confidence?: string };
  /** In a person's words. */
  readonly trainedOn?: string | undefined;
}

/** Key of the manifest in `metadata_props`. */
export const MANIFEST_KEY = 'louver.manifest';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** The outputs that a model is asked for, each once: one may have two roles. */
export function outputNamesOf({ outputs }: ModelManifest): readonly string[] {
  return [...new Set(Object.values(outputs))];
}

/** Whether a JSON file beside a model is a manifest and not something else of the same name. */
export function looksLikeManifest(value: unknown): boolean {
  return isObject(value) && 'columns' in value;
}

/** Checks a manifest; throws one `Error` that lists every problem with the value found and what is expected. */
export function parseManifest(value: unknown): ModelManifest {
  if (!isObject(value)) throw new Error(`it is ${shown(value)}, expected an object`);
  const problems: string[] = [];
  const name = (from: Json, key: string, path: string, required: boolean): string | undefined => {
    if (isName(from[key])) return from[key];
    if (required || from[key] !== undefined) problems.push(`${path}${key} is ${shown(from[key])}, expected a text`);
    return undefined;
  };
  const outputs = isObject(value['outputs']) ? value['outputs'] : undefined;
  if (!outputs) problems.push(`outputs is ${shown(value['outputs'])}, expected {"position": "<output name>", …}`);
  const logVariance = outputs && name(outputs, 'logVariance', 'outputs.', false);
  const confidence = outputs && name(outputs, 'confidence', 'outputs.', false);
  const manifest: ModelManifest = {
    name: name(value, 'name', '', true) ?? '',
    version: name(value, 'version', '', true) ?? '',
    recipe: name(value, 'recipe', '', false),
    input: name(value, 'input', '', false),
    columns: parseColumns(value['columns'], problems),
    outputs: {
      position: (outputs && name(outputs, 'position', 'outputs.', true)) ?? '',
      ...(logVariance !== undefined && { logVariance }),
      ...(confidence !== undefined && { confidence }),
    },
    trainedOn: name(value, 'trainedOn', '', false),
  };
  if (problems.length > 0) throw new Error(problems.join('; '));
  return manifest;
}

function parseColumns(value: unknown, problems: string[]): ModelColumn[] {
  if (!Array.isArray(value) || value.length === 0) {
    problems.push(`columns is ${shown(value)}, expected [{"name": "temperature", "ifMissing": "hold"}, …]`);
    return [];
  }
  const seen = new Map<string, number>();
  const columns: ModelColumn[] = [];
  value.forEach((column: unknown, i) => {
    const name = isObject(column) ? column['name'] : undefined;
    const ifMissing = isObject(column) ? column['ifMissing'] : undefined;
    if (!isName(name)) return problems.push(`columns[${i}].name is ${shown(name)}, expected a text`);
    const first = seen.get(name);
    if (first !== undefined) return problems.push(`columns[${i}] is ${name} again, after columns[${first}]`);
    seen.set(name, i);
    if (ifMissing !== 'hold' && !(typeof ifMissing === 'number' && Number.isFinite(ifMissing))) {
      return problems.push(`columns[${i}].ifMissing (${name}) is ${shown(ifMissing)}, expected a number or "hold"`);
    }
    return columns.push({ name, ifMissing });
  });
  return columns;
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : (JSON.stringify(value) ?? String(value)).slice(0, 60);
}
