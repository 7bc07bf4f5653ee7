// `npm run grafana [-- --check]`: the files that Grafana reads, from the typed code in grafana/src, and the pictures of them in docs/dashboards. `--check`
// writes nothing and fails when a file that Grafana reads is not up to date; of the pictures a test says so.
import { fromSources, root } from './from-sources.mjs';
import { MadeFiles } from './made-files.mjs';

const check = process.argv.includes('--check');
const files = new MadeFiles({ root, check, command: 'npm run grafana' });

const { artefacts } = await fromSources('grafana/src/artefacts.ts');
for (const file of artefacts()) files.put(file);
for (const folder of ['grafana/dashboards', 'grafana/provisioning']) files.clear(folder);
if (!check) {
  // Of the files that have just been written.
  const { demoPictures } = await fromSources('grafana/test/pictures/demo-pictures.ts', {
    beside: 'grafana/test/support/x.ts',
  });
  for (const [path, text] of await demoPictures()) files.put({ path, text });
}
files.report();
