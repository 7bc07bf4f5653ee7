import { defineConfig } from 'tsup';

/** One way to build every package: ESM for Node 20, declarations beside it, no bundled dependencies. */
export function libraryBuild(entry: string[]) {
  return defineConfig({
    entry: Object.fromEntries(entry.map((file) => [file.replace(/^src\//, '').replace(/\.ts$/, ''), file])),
    format: 'esm',
    target: 'node20',
    platform: 'node',
    clean: true,
    sourcemap: true,
    splitting: true,
    dts: { compilerOptions: { ignoreDeprecations: '6.0', composite: false } },
  });
}
