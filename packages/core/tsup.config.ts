import { libraryBuild } from '../../tsup.base.js';

export default libraryBuild([
  'src/index.ts',
  'src/mqtt/index.ts',
  'src/journal/index.ts',
  'src/recordings/index.ts',
  'src/testkit/index.ts',
]);
