import type { ManifestSkeleton, ModelCheckResult, ModelReport, TensorInfo } from '@louver/ml';
import { printable, printableJson } from './printable.js';
import { textTable } from './text-table.js';

/** A check of a model or of what a server has for it. */
export type CheckLine = Pick<ModelCheckResult, 'state' | 'words'> & { readonly check: string };

const STATES = { ok: 'ok', failed: 'FAIL', skipped: 'skipped' } as const;
const STATE_CHARS = 7;
const CHECK_CHARS = 'inputs and outputs'.length;

/** `ok       sha256              5e884898…42d8 of the file`: printed as it is made, so all widths are fixed. */
export function checkLine({ check, state, words }: CheckLine): string {
  return `${STATES[state].padEnd(STATE_CHARS)}  ${check.padEnd(CHECK_CHARS)}  ${printable(words)}`;
}

/** Everything that a model's file says, for a person. */
export function modelLines({ path, file, inputs, outputs, manifest, checks }: ModelReport): string[] {
  const rows: [string, string][] = [['file', `${path}, ${file?.bytes} bytes`]];
  const say = (what: string, words: string): number => rows.push([what, words]);
  const wordsOf = (check: string): string => checks.find((result) => result.check === check)?.words ?? '';
  if (file) {
    const { producer, producerVersion, irVersion, opsets } = file.metadata;
    say('sha256', file.sha256);
    if (file.metadata.properties.size > 0) say('without metadata', file.sha256WithoutMetadata);
    for (const { location, bytes, sha256 } of file.externalData)
      say('weights in', `${location}, ${bytes} bytes, ${sha256}`);
    const operators = [...opsets].map(([domain, version]) => `${domain} ${version}`).join(', ');
    const by = [producer, producerVersion].filter((text) => text !== '').join(' ');
    say('made by', `${by || 'it does not say'}; IR version ${irVersion}, opset ${operators}`);
  }
  if (!inputs || !outputs) say('runtime', wordsOf('runtime'));
  for (const input of inputs ?? []) say('input', tensorWords(input));
  for (const output of outputs ?? []) say('output', tensorWords(output));
  say('manifest', wordsOf('manifest'));
  if (manifest) {
    const { recipe, trainedOn, goldenSamples = [] } = manifest;
    for (const [role, output = ''] of Object.entries(manifest.outputs)) say(role, `output ${output}`);
    say('recipe', recipe ?? 'not named');
    say('trained on', trainedOn ?? 'not said');
    say('golden samples', String(goldenSamples.length));
  }
  const lines = textTable(rows.map((row) => row.map((cell) => printable(cell))));
  return manifest ? [...lines, '', ...columnLines(manifest.columns)] : lines;
}

const tensorWords = ({ name, type, shape }: TensorInfo): string =>
  `${name} ${type} ${shape === undefined ? 'of any shape' : `[${shape.join(', ')}]`}`;

function columnLines(columns: NonNullable<ModelReport['manifest']>['columns']): string[] {
  const rows = columns.map(({ name, ifMissing, unit = '', range }) => [
    printable(name),
    String(ifMissing),
    range ? `${range[0]} to ${range[1]}` : '',
    printable(unit),
  ]);
  return textTable([['COLUMN', 'IF MISSING', 'RANGE', 'UNIT'], ...rows]);
}

/** A manifest to start from, and what to look at in it. */
export function skeletonLines(file: string, skeleton: ManifestSkeleton | undefined): string[] {
  if (!skeleton) return [];
  return [
    '',
    `a manifest to start from, for ${printable(`${file}.json`)}:`,
    ...skeleton.hints.map((hint) => `- ${hint}`),
    '',
    ...printableJson(skeleton.manifest).split('\n'),
  ];
}

/** The same for a program. */
export function modelAsJson(report: ModelReport, skeleton: ManifestSkeleton | undefined): object {
  const { path, file, inputs, outputs, manifest, checks } = report;
  const { metadata, ...hashes } = file!;
  const { opsets, properties, ...made } = metadata;
  return {
    path,
    ...hashes,
    ...made,
    opsets: Object.fromEntries(opsets),
    metadataKeys: [...properties.keys()],
    ...(inputs && { inputs }),
    ...(outputs && { outputs }),
    ...(manifest && { manifest }),
    ...(skeleton && { skeleton: skeleton.manifest }),
    problems: checks.filter(({ state }) => state === 'failed').map(({ check, words }) => ({ check, words })),
  };
}
