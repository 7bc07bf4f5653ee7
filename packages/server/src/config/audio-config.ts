import { join } from 'node:path';
import {
  parameterProblems,
  preparationProblems,
  type OptionProblem,
  type Preparation,
  type SpectralParameters,
} from '@louver/ml';
import type { z } from 'zod';
import {
  PARAMETER_KEYS,
  parametersSchema,
  PREPARATION_KEYS,
  preparationSchema,
  type audioSchema,
} from './audio-schema.js';
import type { ConfigProblem } from './problems.js';
import type { ServerConfig } from './server-config.js';
import type { Layers } from './sources.js';

type Keys = Readonly<Record<string, string>>;

/** What the extractor would refuse, in the words of the configuration: ranges, and values that do not fit each other. */
export function audioProblems({ tree, sourceOf }: Layers): readonly ConfigProblem[] {
  const audio = isTree(tree['audio']) ? tree['audio'] : {};
  const inConfig = (section: string, given: object, keys: Keys, problems: readonly OptionProblem<never>[]) =>
    problems.map(({ name, found, expected }) => {
      const path = `audio.${section}.${keyOf(name, keys)}`;
      const whose = name in given ? '' : ' (the default)';
      const text = `found ${JSON.stringify(found)}${whose}, expected ${expected.replace(/\b[a-z]+[A-Z]\w*/g, (word) => keyOf(word, keys))}`;
      return { path, text, source: sourceOf(path) };
    });
  const preparation: Preparation = wellTyped(audio['preparation'], preparationSchema, PREPARATION_KEYS);
  const parameters: Partial<SpectralParameters> = wellTyped(audio['parameters'], parametersSchema, PARAMETER_KEYS);
  return [
    ...recordingProblems(audio, sourceOf),
    ...inConfig('preparation', preparation, PREPARATION_KEYS, preparationProblems(preparation)),
    ...inConfig('parameters', parameters, PARAMETER_KEYS, parameterProblems(parameters)),
  ];
}

export function audioConfig(raw: z.output<typeof audioSchema> | undefined): ServerConfig['audio'] {
  const { sample_rate: sampleRateHz, features, preparation, parameters } = raw ?? {};
  return {
    ...(sampleRateHz !== undefined && { sampleRateHz }),
    ...(features !== undefined && { features }),
    ...(preparation !== undefined && { preparation: renamed(preparation, PREPARATION_KEYS) }),
    ...(parameters !== undefined && { parameters: renamed(parameters, PARAMETER_KEYS) }),
  };
}

const RECORDING_KEYS = ['storage_path', 'raw_retention', 'raw_max_bytes'];

/** How recordings are kept, where nobody has said whether they are. `store_raw: false` turns it off for a while. */
function recordingProblems(
  audio: Readonly<Record<string, unknown>>,
  sourceOf: Layers['sourceOf'],
): readonly ConfigProblem[] {
  if (audio['store_raw'] !== undefined) return [];
  const text = 'is for recordings that are kept: give audio.store_raw: true (or false: not now), or remove it';
  return RECORDING_KEYS.filter((key) => audio[key] !== undefined).map((key) => {
    const path = `audio.${key}`;
    return { path, text, source: sourceOf(path) };
  });
}

/** Where recordings are kept; `undefined`: only their features are. */
export function recordingsConfig(
  raw: z.output<typeof audioSchema> | undefined,
  dataDir: string,
): ServerConfig['recordings'] {
  if (raw?.store_raw !== true) return undefined;
  const { storage_path: path = join(dataDir, 'audio_data'), raw_retention, raw_max_bytes } = raw;
  return {
    path,
    ...(raw_retention !== undefined && { retentionMs: raw_retention }),
    ...(raw_max_bytes !== undefined && { maxBytes: raw_max_bytes }),
  };
}

/** The values of a section that are of the right kind: of the others it is said already that they are not. */
function wellTyped(section: unknown, { shape }: { readonly shape: Record<string, z.ZodType> }, keys: Keys): object {
  if (!isTree(section)) return {};
  const read = Object.entries(shape).map(([key, schema]) => [key, schema.safeParse(section[key]).data] as const);
  return renamed(Object.fromEntries(read), keys);
}

function renamed(section: object, keys: Keys): object {
  const given = Object.entries(section).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([key, value]: [string, unknown]) => [keys[key], value]));
}

function keyOf(name: string, keys: Keys): string {
  return Object.keys(keys).find((key) => keys[key] === name) ?? name;
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
