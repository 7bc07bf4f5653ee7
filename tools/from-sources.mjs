import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * A TypeScript module of the repository, from its sources, so that nothing has to be built before; libraries stay where they are installed.
 * @param entry within the repository
 * @param beside where the sources think that they are: what they find beside themselves is not beside the bundle. Absent: they look for nothing.
 */
export async function fromSources(entry, { beside } = {}) {
  const folder = mkdtempSync(join(root, 'node_modules', '.louver-sources-'));
  try {
    const outfile = join(folder, 'bundle.mjs');
    await build({
      entryPoints: [join(root, entry)],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['louver-source'],
      plugins: [{ name: 'libraries', setup: leaveLibraries }],
      ...(beside && { define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(root, beside)).href) } }),
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Only Louver's own packages are taken into the bundle. */
function leaveLibraries({ onResolve }) {
  onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
    kind === 'entry-point' || path.startsWith('@louver/') ? undefined : { path, external: true },
  );
}
