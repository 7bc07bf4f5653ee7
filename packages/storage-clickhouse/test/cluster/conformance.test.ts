import { shardedHarness } from '../support/harness.js';
import { conformanceSuite } from '../suites/conformance-suite.js';

// What is read and looked up through other tables than those that have the rows; the rest is as at one server.
await conformanceSuite(shardedHarness, {
  isServer: true,
  about: /^(dead letters|devices|durability|history|last\w+|latest|lookup|newestMs|ranges|rows):/,
});
