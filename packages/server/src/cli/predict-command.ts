import { LouverError } from '@louver/core';
import { loadModel, type OnnxInputs, type OutputTensor, type TensorInfo } from '@louver/ml';
import { Command } from 'commander';
import { processEnvironment, type CommandEnvironment } from './command-environment.js';
import { readJsonFile } from './read-file.js';

const INPUT = {
  maxBytes: 256 * 1024 * 1024,
  notFinite:
    'where the model is to have it write it in quotes, "NaN", "Infinity" or "-Infinity"; else replace it in Python (numpy.nan_to_num), and json.dump(…, allow_nan=False) makes sure',
};

/** `louver predict MODEL.onnx INPUT.json`: any ONNX model, once. */
export function predictCommand(environment: CommandEnvironment = processEnvironment): Command {
  return new Command('predict')
    .description('run an ONNX model once and print its outputs as JSON')
    .argument('<model>', 'ONNX file')
    .argument('<input>', 'JSON file: {"inputs": {"<name>": {"dims": [1, 36], "type": "float32", "data": [...]}}}')
    .action(async (path: string, file: string) => {
      const given = inputsOf(await readJsonFile(file, INPUT), file);
      const model = await loadModel(path);
      try {
        const outputs = Object.entries(await model.run(withValues(given, model.inputs)));
        environment.print(JSON.stringify({ outputs: Object.fromEntries(outputs.map(([name, t]) => [name, json(t)])) }));
      } finally {
        await model.close();
      }
    });
}

function inputsOf(given: unknown, file: string): Readonly<Record<string, unknown>> {
  const inputs = isObject(given) ? given['inputs'] : undefined;
  if (isObject(inputs)) return inputs;
  const expected = '{"inputs": {"<name>": {"dims": [...], "type": "float32", "data": [...]}}}';
  throw new LouverError('E_CONFIG', `${file} has no object "inputs", expected ${expected}`);
}

/** The model checks names, types and dims itself: it knows what it expects. */
function withValues(given: Readonly<Record<string, unknown>>, declared: readonly TensorInfo[]): OnnxInputs {
  const texts = new Set(declared.filter(({ type }) => type === 'string').map(({ name }) => name));
  const inputs = Object.entries(given).map(([name, tensor]) => {
    if (texts.has(name) || !isObject(tensor) || !Array.isArray(tensor['data'])) return [name, tensor] as const;
    return [name, { ...tensor, data: tensor['data'].map(valueOf) }] as const;
  });
  return Object.fromEntries(inputs) as OnnxInputs;
}

const NOT_FINITE: ReadonlyMap<string, number> = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

/** JSON has neither NaN nor integers of 64 bits: they come, and go, as texts. */
function valueOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return NOT_FINITE.get(value) ?? (/^-?\d{1,20}$/.test(value) ? BigInt(value) : value);
}

function json({ dims, type, data }: OutputTensor): object {
  return { dims, type, data: Array.from<unknown, unknown>(data as ArrayLike<unknown>, jsonValue) };
}

function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
