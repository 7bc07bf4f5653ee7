import { libraryBuild } from '../../tsup.base.js';

export default libraryBuild([
  'src/index.ts',
  'src/meyda/index.ts',
  'src/training/index.ts',
  'src/features-worker.ts',
  'src/meyda-worker.ts',
  'src/model-worker.ts',
]);
