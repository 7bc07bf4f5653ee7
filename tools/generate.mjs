// `npm run generate [-- --check]`: what is made from the device protocol (packages/device-esp32/src/protocol) and committed: the firmware's
// header, JSON Schemas, the AsyncAPI document, golden vectors; and the parts of docs/CONFIGURATION.md and docs/API.md that the code tells. `--check` writes nothing and fails when something is not up to date.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const SCHEMAS = 'packages/device-esp32/schema';
const check = process.argv.includes('--check');

const stale = vectorsAreStale() ? ['firmware/test/vectors/*.json'] : [];
const { artefacts } = await fromSources('packages/device-esp32/generate/artefacts.ts');
const { papers } = await fromSources('tools/docs/papers.ts');
const files = [...artefacts(root), ...papers(root)];
for (const { path, text } of files) {
  const target = join(root, path);
  if (contentOf(target) === text) continue;
  stale.push(path);
  if (check) continue;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
// A message that is no more leaves no schema behind.
const made = new Set(files.map(({ path }) => path));
for (const name of readdirSync(join(root, SCHEMAS))) {
  if (made.has(`${SCHEMAS}/${name}`)) continue;
  stale.push(`${SCHEMAS}/${name}`);
  if (!check) rmSync(join(root, SCHEMAS, name));
}
if (check && stale.length > 0) {
  console.error(`not up to date: ${stale.join(', ')}\nRun \`npm run generate\` and commit what it changed.`);
  process.exitCode = 1;
} else if (!check) console.log(stale.length > 0 ? `written: ${stale.join(', ')}` : 'everything was up to date');

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

/** A module from its sources, so that nothing has to be built before; the libraries stay where they are installed. */
async function fromSources(entry) {
  const folder = mkdtempSync(join(root, 'node_modules', '.louver-generate-'));
  try {
    const outfile = join(folder, 'generator.mjs');
    await build({
      entryPoints: [join(root, entry)],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['louver-source'],
      plugins: [{ name: 'libraries', setup: leaveLibraries }],
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function leaveLibraries(build) {
  build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
    kind === 'entry-point' || path.startsWith('@louver/') ? undefined : { path, external: true },
  );
}

function contentOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
