import { readFileSync } from 'node:fs';

/** Version of this package; `unknown` where it was bundled into another. */
export function packageVersion(): string {
  try {
    // One folder up from `dist/` and from `src/`.
    const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
    const { name, version } = JSON.parse(text) as Record<string, string>;
    if (name === '@louver/server' && version !== undefined) return version;
  } catch {
    // Not there.
  }
  return 'unknown';
}
