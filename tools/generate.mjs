// `npm run generate [-- --check]`: what is made from the device protocol (packages/device-esp32/src/protocol) and committed: the firmware's
// header, JSON Schemas, the AsyncAPI document, golden vectors; and the parts of docs/CONFIGURATION.md and docs/API.md that the code tells. `--check` writes nothing and fails when something is not up to date.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fromSources, root } from './from-sources.mjs';
import { MadeFiles } from './made-files.mjs';

const check = process.argv.includes('--check');
const files = new MadeFiles({ root, check, command: 'npm run generate' });

if (vectorsAreStale()) files.note('firmware/test/vectors/*.json');
const { artefacts } = await fromSources('packages/device-esp32/generate/artefacts.ts');
const { papers } = await fromSources('tools/docs/papers.ts');
for (const file of [...artefacts(root), ...papers(root)]) files.put(file);
files.clear('packages/device-esp32/schema');
files.report();

/** By Python: what is expected must not come from the code that it is expected of. */
function vectorsAreStale() {
  const script = join(root, 'firmware', 'test', 'vectors', 'generate.py');
  const { status, error, stderr } = spawnSync('python3', check ? [script, '--check'] : [script], { encoding: 'utf8' });
  if (error !== undefined) {
    console.error(
      `python3 cannot be run (${error.message}); expected Python 3.11 or later: install it, the golden vectors are written by it`,
    );
    process.exit(1);
  }
  if (status === 0) return false;
  console.error(stderr);
  if (!check) process.exit(1);
  return true;
}
