// `npm run grafana [-- --check]`: the files that Grafana reads, from the typed code in grafana/src, and the pictures of them in docs/dashboards. `--check`
// writes nothing and fails when a file that Grafana reads is not up to date; of the pictures a test says so.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');
const FOLDERS = ['grafana/dashboards', 'grafana/provisioning'];

const stale = [];
const { artefacts } = await fromSources('grafana/src/artefacts.ts');
const files = artefacts();
for (const file of files) update(file);
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
if (!check) {
  // Of the files that have just been written.
  const { demoPictures } = await fromSources('grafana/test/pictures/demo-pictures.ts');
  for (const [path, text] of await demoPictures()) update({ path, text });
}
if (check && stale.length > 0) {
  console.error(`not up to date: ${stale.join(', ')}\nRun \`npm run grafana\` and commit what it changed.`);
  process.exitCode = 1;
} else if (!check) console.log(stale.length > 0 ? `written: ${stale.join(', ')}` : 'everything was up to date');

function update({ path, text }) {
  const target = join(root, path);
  if (contentOf(target) === text) return;
  stale.push(path);
  if (check) return;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}

/** A module from the sources, so that nothing has to be built before. Inside of node_modules, where what is not bundled is found. */
async function fromSources(entry) {
  mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, 'node_modules', '.cache', 'grafana-'));
  try {
    const outfile = join(folder, 'bundle.mjs');
    await build({
      entryPoints: [join(root, entry)],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['louver-source'],
      plugins: [{ name: 'packages-of-others', setup: leaveOthers }],
      // What a source finds beside itself is not beside the bundle; all that look are in this folder.
      define: {
        'import.meta.url': JSON.stringify(pathToFileURL(join(root, 'grafana', 'test', 'support', 'x.ts')).href),
      },
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Only Louver's own packages are taken into the bundle. */
function leaveOthers({ onResolve }) {
  onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
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
