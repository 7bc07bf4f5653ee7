import { libraryBuild } from '../../tsup.base.js';

export default libraryBuild(['src/index.ts', 'src/training/index.ts', 'src/features-worker.ts', 'src/model-worker.ts']);
