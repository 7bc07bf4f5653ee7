import { embeddedHarness } from '../support/harness.js';
import { tokenTrapSuite } from '../suites/token-trap-suite.js';

tokenTrapSuite(embeddedHarness);
