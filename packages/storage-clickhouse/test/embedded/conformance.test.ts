import { embeddedHarness } from '../support/harness.js';
import { conformanceSuite } from '../suites/conformance-suite.js';

await conformanceSuite(embeddedHarness, { isServer: false });
