import { shardedHarness } from '../support/harness.js';
import { conformanceSuite } from '../suites/conformance-suite.js';

await conformanceSuite(shardedHarness, { isServer: true });
