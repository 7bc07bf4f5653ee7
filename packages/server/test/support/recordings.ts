import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const GENERATED = fileURLToPath(new URL('../../../ml/test/golden', import.meta.url));

export interface GoldenRecording {
  readonly id: string;
  readonly wavFile: string;
  readonly wav: Buffer;
  /** Mean and population standard deviation over frames, one per row, as librosa computes them with its defaults. */
  readonly features: Readonly<Record<string, { readonly mean: readonly number[]; readonly std: readonly number[] }>>;
}

function golden(root: string, id: string): GoldenRecording {
  const wavFile = join(root, 'wav', `${id}.wav`);
  const text = gunzipSync(readFileSync(join(root, 'cases', `${id}.json.gz`))).toString();
  const { sets } = JSON.parse(text) as { sets: { default: Pick<GoldenRecording, 'features'> } };
  return { id, wavFile, wav: readFileSync(wavFile), features: sets.default.features };
}

/** The real recording of rain where the machine has it, else the generated one; both with librosa's numbers. */
export function rainRecording(): GoldenRecording {
  const root = process.env['LOUVER_GOLDEN_RECORDINGS'];
  return root !== undefined && existsSync(root) ? golden(root, 'rec_rain_16k') : golden(GENERATED, 'rain_light_16k');
}
