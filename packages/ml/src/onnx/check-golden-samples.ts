import { rowOfSample, toleranceOf } from './golden-samples.js';
import type { ModelManifest } from './model-manifest.js';
import { runRows, type OnnxSession } from './onnx-session.js';

interface Difference {
  readonly sample: number;
  readonly output: string;
  readonly found: number;
  readonly expected: number;
  readonly difference: number;
  readonly tolerance: number;
}

/**
 * Runs a model on the golden samples of its manifest and gives the largest difference of an output; throws an `Error` in words about the
 * first sample that differs by more than its tolerance.
 */
export async function checkGoldenSamples(session: OnnxSession, manifest: ModelManifest): Promise<number> {
  const samples = manifest.goldenSamples ?? [];
  const differences: Difference[] = [];
  for (const [i, sample] of samples.entries()) {
    const row = rowOfSample(sample, manifest.columns);
    const tooLarge = row.findIndex((value) => Math.abs(value) > session.maxFeature);
    if (tooLarge >= 0) {
      const { name } = manifest.columns[tooLarge]!;
      throw new Error(
        `golden sample ${i + 1} has ${row[tooLarge]} as ${name}, expected at most 65504: it counts in float16`,
      );
    }
    const outputs = await runRows(session, [row]);
    for (const [output, expected] of Object.entries(sample.outputs)) {
      const found = outputs.get(output)![0]!;
      const difference = Math.abs(found - expected);
      differences.push({
        sample: i + 1,
        output,
        found,
        expected,
        difference,
        tolerance: toleranceOf(sample, expected),
      });
    }
  }
  // Written so that NaN is too much, too.
  const wrong = differences.filter(({ difference, tolerance }) => !(difference <= tolerance));
  if (wrong.length > 0) throw new Error(inWords(wrong, samples.length));
  return differences.reduce((most, { difference }) => Math.max(most, difference), 0);
}

function inWords(wrong: readonly Difference[], count: number): string {
  const { sample, output, found, expected, difference, tolerance } = wrong[0]!;
  const differing = new Set(wrong.map((one) => one.sample)).size;
  const digits = (value: number): string => String(Number(value.toPrecision(7)));
  return (
    `golden sample ${sample} of ${count} gives ${output} ${digits(found)}, its manifest expects ${digits(expected)}: they differ by ` +
    `${digits(difference)}, allowed are ${digits(tolerance)} (${differing} of ${count} samples differ). These are not the weights that were ` +
    `trained, the export changed the network, or the columns stand in another order than in training: export it again, or give the ` +
    `sample a greater tolerance if the export is meant to be less exact`
  );
}
