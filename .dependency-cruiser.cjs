// The direction of the house (docs/architecture.md): contracts <- runtime <- {mqtt, journal, memory, testkit}; ml, storage-clickhouse and
// device-esp32 know core only; server knows all.
const core = '^packages/core/src/';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: { pathNot: '^node_modules' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'core-knows-nobody', severity: 'error', from: { path: core }, to: { path: '^packages/(?!core/)' } },
    {
      name: 'leaf-packages-know-core-only',
      severity: 'error',
      from: { path: '^packages/(ml|storage-clickhouse|device-esp32)/src/' },
      to: { path: '^packages/(?!core/|$1/)' },
    },
    {
      name: 'runtime-does-not-know-its-adapters',
      severity: 'error',
      from: { path: `${core}(?!mqtt/|journal/|recordings/|testkit/|index)` },
      to: { path: `${core}(mqtt|journal|recordings|testkit)/` },
    },
    {
      name: 'contracts-know-contracts-only',
      severity: 'error',
      from: {
        path: `${core}(event|command|delivery|component|transport|codec|change-detector|feature-extractor|predictor|inference-engine|actuation-policy|storage|journal|recording-store|tables|errors|clock|logger|metrics)\\.ts$`,
      },
      to: { path: `${core}(ingest|inference|devices|detectors|policies|memory|mqtt|journal|recordings|testkit)/` },
    },
    {
      name: 'only-deferred-ack-knows-mqtt-js',
      severity: 'error',
      from: { path: core, pathNot: `${core}mqtt/` },
      to: { path: 'node_modules/mqtt/' },
    },
    {
      name: 'only-embedded-knows-chdb',
      severity: 'error',
      from: { path: '^packages/storage-clickhouse/src/(?!embedded/)' },
      to: { path: 'node_modules/chdb/' },
    },
    {
      name: 'only-own-meyda-knows-meyda',
      severity: 'error',
      from: { path: '^packages/ml/src/', pathNot: '^packages/ml/src/meyda/own-meyda' },
      to: { path: 'node_modules/meyda/' },
    },
    {
      name: 'dashboards-know-core-and-the-tables-only',
      severity: 'error',
      from: { path: '^grafana/src/' },
      to: {
        path: '^(packages|examples|tools|promises)/',
        pathNot: '^packages/(core|storage-clickhouse)/src/index\\.ts$',
      },
    },
    {
      name: 'source-does-not-know-tests',
      severity: 'error',
      from: { path: '^(packages/[^/]+|grafana)/src/' },
      to: { path: '/(test|bench)/' },
    },
    {
      name: 'packages-by-their-entry',
      severity: 'error',
      from: { path: '^(packages/([^/]+)|examples)/' },
      to: {
        path: '^packages/([^/]+)/src/',
        pathNot: [
          '^packages/$2/',
          '^packages/[^/]+/src/(index|(mqtt|journal|recordings|testkit|embedded|meyda|training)/index)\\.ts$',
        ],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.tsbuild)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['louver-source', 'import', 'node', 'default', 'types'],
    },
  },
};
