import { LouverError, withoutCode } from '@louver/core';
import {
  checkModel,
  inspectModel,
  isFolder,
  manifestSkeleton,
  modelCandidates,
  shippedModelPath,
  type ModelReport,
} from '@louver/ml';
import { Command } from 'commander';
import { checkContract } from '../assemble/check-contract.js';
import { loadConfig } from '../config/load-config.js';
import type { ServerConfig } from '../config/server-config.js';
import { processEnvironment, type CommandEnvironment } from './command-environment.js';
import { CommandExit } from './command-exit.js';
import { checkLine, modelAsJson, modelLines, skeletonLines, type CheckLine } from './model-output.js';
import { printable, printableJson } from './printable.js';

interface ConfigOption {
  readonly config?: string;
}

/** `louver model inspect` and `louver model check`: what is in a model's file, and whether it would serve. */
export function modelCommand(environment: CommandEnvironment = processEnvironment): Command {
  const model = new Command('model').description('look at an ONNX model and its manifest');
  located(model.command('inspect'))
    .description('say what is in a model: inputs, outputs, hashes, manifest; without a manifest, one to start from')
    .option('--json', 'print it as JSON')
    .action(async (given: string | undefined, options: ConfigOption & { readonly json?: boolean }) => {
      const file = await modelFile(given ?? configured(loadedConfig(options, environment)), environment);
      const report = await inspectModel(file);
      // A file that cannot be read says nothing that could be shown.
      if (!report.file) throw new LouverError('E_MODEL', `${file}: ${firstFailure(report)}`);
      const skeleton = report.manifest ? undefined : manifestSkeleton(report);
      if (options.json) return environment.print(printableJson(modelAsJson(report, skeleton)));
      environment.print([...modelLines(report), ...skeletonLines(file, skeleton)].join('\n'));
    });
  located(model.command('check'))
    .description('make every check that opening a model makes, one line each; exit code 1 when one fails')
    .action(async (given: string | undefined, options: ConfigOption) => {
      const config = loadedConfig(options, environment);
      const file = await modelFile(given ?? configured(config), environment);
      let failed = 0;
      const say = (line: CheckLine): void => {
        if (line.state === 'failed') failed++;
        environment.print(checkLine(line));
      };
      const { manifest } = await checkModel(file, say);
      say(await contractLine(config, manifest));
      if (failed === 0) return environment.print(`${printable(file)} passes`);
      throw new CommandExit(1, [`${printable(file)} fails ${failed} of its checks, see FAIL above`]);
    });
  return model;
}

function located(command: Command): Command {
  return command
    .argument('[file]', "ONNX file, or a folder for its newest one (default: the configuration's model)")
    .option('--config <file>', 'configuration file (default: louver.yaml, if there is one)');
}

function loadedConfig(flags: ConfigOption, environment: CommandEnvironment): ServerConfig {
  const { variables, workingDirectory } = environment;
  return loadConfig({
    flags: flags.config === undefined ? {} : { config: flags.config },
    environment: variables,
    workingDirectory,
  });
}

function configured({ model: { path } }: ServerConfig): string {
  if (path === 'none')
    throw new LouverError('E_CONFIG', 'the configuration has no model (model.path is none): name a file');
  return path === 'shipped' ? shippedModelPath() : path;
}

/** The file itself, or the one of a folder that a server would try first. Rejects with `E_MODEL` when there is none. */
async function modelFile(path: string, { remark }: CommandEnvironment): Promise<string> {
  if (!(await isFolder(path))) return path;
  const candidates = await modelCandidates(path).catch((error: unknown) => {
    throw LouverError.from(error, 'E_MODEL');
  });
  const newest = candidates[0]?.path;
  if (newest === undefined) {
    const found = `${path} is a folder without an ONNX file that is not marked as rolled back`;
    throw new LouverError('E_MODEL', `${found}: copy a model (*.onnx) there, or name a file`);
  }
  remark(`${printable(path)} is a folder: this is about its newest model, ${printable(newest)}`);
  return newest;
}

function firstFailure({ checks }: ModelReport): string {
  return checks.find(({ state }) => state === 'failed')?.words ?? '';
}

async function contractLine(config: ServerConfig, manifest: ModelReport['manifest']): Promise<CheckLine> {
  const check = 'audio features';
  if (!manifest) return { check, state: 'skipped', words: 'needs manifest first' };
  try {
    const contract = { columns: manifest.columns, recipe: manifest.recipe, modelVersion: manifest.version };
    return { check, state: 'ok', words: await checkContract(config, contract) };
  } catch (error) {
    if (!LouverError.is(error) || error.code !== 'E_MODEL') throw error;
    return { check, state: 'failed', words: withoutCode(error.message) };
  }
}
