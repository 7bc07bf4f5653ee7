import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiSections } from './api.js';
import { configurationSections } from './configuration.js';
import { withGenerated } from './markdown.js';

/** The papers of which a part is made from the code, whole. @param root Of the repository. */
export function papers(root: string): readonly { readonly path: string; readonly text: string }[] {
  const paper = (path: string, sections: Readonly<Record<string, string>>) => ({
    path,
    text: withGenerated(readFileSync(join(root, path), 'utf8'), sections),
  });
  return [paper('docs/CONFIGURATION.md', configurationSections()), paper('docs/API.md', apiSections())];
}
