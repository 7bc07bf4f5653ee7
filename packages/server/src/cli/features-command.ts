import { readWavHeader } from '@louver/core';
import {
  FEATURE_PRESETS,
  frameCount,
  frameFeatures,
  featurePreset,
  recordingSamples,
  type FeaturePreset,
} from '@louver/ml';
import { Command, Option } from 'commander';
import { aboutFile } from './about-file.js';
import { processEnvironment, type CommandEnvironment } from './command-environment.js';
import { CommandExit } from './command-exit.js';
import { comparison, type Analysis } from './features-comparison.js';
import { columnsAs, framesAs, type Matrices } from './features-output.js';
import { readJsonFile, readWholeFile } from './read-file.js';

interface FeaturesOptions {
  readonly recipe: FeaturePreset;
  readonly frames?: boolean;
  readonly format: 'table' | 'json' | 'csv';
  readonly compare?: string;
}

/** 35 min at 16 kHz, the most that has few enough frames, are 68 MB in 16 bits and 270 MB in 64. */
const MAX_WAV_BYTES = 320 * 1024 * 1024;
const REFERENCE = {
  maxBytes: 256 * 1024 * 1024,
  notFinite:
    'features of sound are finite, look at that one in Python (json.dump(…, allow_nan=False) stops there), or put numpy.nan_to_num around it',
};

/** `louver features FILE.wav`: what Louver hears, number by number, and how far that is from numbers of Python. */
export function featuresCommand(environment: CommandEnvironment = processEnvironment): Command {
  return new Command('features')
    .description('audio features of a WAV file, as librosa computes them')
    .argument('<file>', 'WAV file')
    .addOption(
      new Option('--recipe <name>', 'parameter set; stored: the columns that Louver stores')
        .choices([...FEATURE_PRESETS])
        .default('default'),
    )
    .option('--frames', 'every frame instead of mean and standard deviation')
    .addOption(new Option('--format <format>', 'how to print').choices(['table', 'json', 'csv']).default('table'))
    .addOption(
      new Option(
        '--compare <file.json>',
        'say how far off the numbers of this file are (docs/audio-features.md exports them)',
      )
        // A comparison has a table of its own.
        .conflicts(['frames', 'format']),
    )
    .action(async (file: string, options: FeaturesOptions) => {
      const { print, remark } = environment;
      const bytes = await readWholeFile(file, { maxBytes: MAX_WAV_BYTES, expected: 'a WAV file' });
      const { matrices, truncated, analysis } = aboutFile(file, () => analysed(bytes, options.recipe));
      if (truncated) remark(`${file}: the header promises more sound than there is; what is there is used`);
      if (options.compare !== undefined) {
        const given = await readJsonFile(options.compare, REFERENCE);
        const { lines, differing } = comparison(matrices, given, analysis);
        for (const line of lines) print(line);
        if (differing > 0) throw new CommandExit(1);
        return;
      }
      print(options.frames ? framesAs(options.format, matrices) : columnsAs(options.format, matrices));
    });
}

function analysed(
  bytes: Uint8Array,
  recipe: FeaturePreset,
): { readonly matrices: Matrices; readonly truncated: boolean; readonly analysis: Analysis } {
  const { sampleRateHz, truncated } = readWavHeader(bytes);
  const { samples } = recordingSamples({ bytes, format: 'wav', sampleRateHz });
  const { parameters, features } = featurePreset(recipe, sampleRateHz);
  // A delta looks at several frames: a short recording has none.
  const isShort = frameCount(samples.length, parameters) < parameters.deltaWidth;
  const wanted = features.filter((feature) => !(isShort && feature.startsWith('mfcc_delta')));
  const matrices = frameFeatures(samples, sampleRateHz, wanted, parameters);
  return { matrices, truncated, analysis: { sampleRateHz, nFft: parameters.nFft } };
}
