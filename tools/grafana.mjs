// `npm run grafana [-- --check]`: the files that Grafana reads, from the typed code in grafana/src. `--check` writes nothing and fails when something
// is not up to date.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');
const FOLDERS = ['grafana/dashboards', 'grafana/provisioning'];

const stale = [];
const files = await artefacts();
for (const { path, text } of files) {
  const target = join(root, path);
  if (contentOf(target) === text) continue;
  stale.push(path);
  if (check) continue;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
// A dashboard that is no more leaves no file behind.
const made = new Set(files.map(({ path }) => path));
for (const folder of FOLDERS) {
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(root.length);
    if (entry.isDirectory() || made.has(path)) continue;
    stale.push(path);
    if (!check) rmSync(join(root, path));
  }
}
if (check && stale.length > 0) {
  console.error(`not up to date: ${stale.join(', ')}\nRun \`npm run grafana\` and commit what it changed.`);
  process.exitCode = 1;
} else if (!check) console.log(stale.length > 0 ? `written: ${stale.join(', ')}` : 'everything was up to date');

/** From the sources, so that nothing has to be built before. Inside of node_modules, where what is not bundled is found. */
async function artefacts() {
  mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, 'node_modules', '.cache', 'grafana-'));
  try {
    const outfile = join(folder, 'artefacts.mjs');
    await build({
      entryPoints: [join(root, 'grafana', 'src', 'artefacts.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['louver-source'],
      external: ['@grafana/*', '@clickhouse/*', 'yaml'],
    });
    return (await import(pathToFileURL(outfile).href)).artefacts();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function contentOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
