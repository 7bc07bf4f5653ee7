import { httpHarness } from '../support/harness.js';
import { conformanceSuite } from '../suites/conformance-suite.js';

await conformanceSuite(httpHarness, { isServer: true });
