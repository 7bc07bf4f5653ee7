import { LouverError } from '@louver/core';
import { loadModel, type InputTensor, type OnnxInputs, type OutputTensor } from '@louver/ml';
import { Command } from 'commander';
import { processEnvironment, type CommandEnvironment } from './command-environment.js';
import { readJsonFile } from './read-file.js';

const MAX_JSON_BYTES = 256 * 1024 * 1024;

/** `louver predict MODEL.onnx INPUT.json`: any ONNX model, once. */
export function predictCommand(environment: CommandEnvironment = processEnvironment): Command {
  return new Command('predict')
    .description('run an ONNX model once and print its outputs as JSON')
    .argument('<model>', 'ONNX file')
    .argument('<input>', 'JSON file: {"inputs": {"<name>": {"dims": [1, 36], "type": "float32", "data": [...]}}}')
    .action(async (path: string, file: string) => {
      const inputs = inputsOf(await readJsonFile(file, MAX_JSON_BYTES), file);
      const model = await loadModel(path);
      try {
        const outputs = Object.entries(await model.run(inputs));
        environment.print(JSON.stringify({ outputs: Object.fromEntries(outputs.map(([name, t]) => [name, json(t)])) }));
      } finally {
        await model.close();
      }
    });
}

/** The model checks names, types and dims itself: it knows what it expects. */
function inputsOf(given: unknown, file: string): OnnxInputs {
  const inputs = isObject(given) ? given['inputs'] : undefined;
  if (!isObject(inputs)) {
    const expected = '{"inputs": {"<name>": {"dims": [...], "type": "float32", "data": [...]}}}';
    throw new LouverError('E_CONFIG', `${file} has no object "inputs", expected ${expected}`);
  }
  return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, withValues(tensor) as InputTensor]));
}

function withValues(tensor: unknown): unknown {
  if (!isObject(tensor) || !Array.isArray(tensor['data']) || tensor['type'] === 'string') return tensor;
  return { ...tensor, data: tensor['data'].map(valueOf) };
}

const NOT_FINITE: Readonly<Record<string, number>> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity };

/** JSON has neither NaN nor integers of 64 bits: they come, and go, as texts. */
function valueOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return NOT_FINITE[value] ?? (/^-?\d{1,20}$/.test(value) ? BigInt(value) : value);
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
