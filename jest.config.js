// Jest runs the TypeScript sources as ES modules: swc strips the types, tsc checks them apart.
// Node needs --experimental-vm-modules for that; the scripts set it (`npm test`, `npm run check`).

const sources = {
  testEnvironment: './test/harness/environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      },
    ],
  },
  // The sources import `./name.js`, as ES modules must; on disk it is `./name.ts`.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/data/'],
};

/** Pages are the same on any database. */
const PAGES = '<rootDir>/test/integration/pages/';

/** What the two databases could answer differently runs on both; all else on PostgreSQL alone. */
const onBothDatabases = [
  'admin/backup',
  'admin/openapi',
  'closedLists',
  'earlierRelease',
  'harness',
  'idempotency',
  'jobLeases',
  'jobs',
  'ledger',
  'ledgerPlans',
  'ledgerProperty',
  'months',
  'namedKeysLedger',
  'noticePlans',
  'purchaseCrash',
  'readiness',
  'requestPlans',
  'schema',
  'stripe',
  'usage',
  'verify',
  'walletLedger',
].map(name => `<rootDir>/test/integration/${name}.test.ts`);
const database = process.env.TEST_DATABASE ?? 'pglite';

export default {
  maxWorkers: 2,
  // No test is about this time: it only ends what hangs, also on a busy machine.
  testTimeout: 180_000,
  projects: [
    {
      ...sources,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [
        '/node_modules/',
        '<rootDir>/test/integration/',
        '<rootDir>/test/processes/',
      ],
    },
    {
      ...sources,
      // TEST_DATABASE=pglite (default) or postgres: the same tests, on either database.
      displayName: `integration ${database}`,
      ...(database === 'pglite'
        ? { testMatch: [...onBothDatabases, `${PAGES}*.test.ts`] }
        : {
            testMatch: ['<rootDir>/test/integration/**/*.test.ts'],
            testPathIgnorePatterns: ['/node_modules/', PAGES],
          }),
      globalSetup: './test/harness/globalSetup.mjs',
      globalTeardown: './test/harness/globalTeardown.mjs',
    },
    {
      ...sources,
      // Processes of the built service, killed, stopped and put into another month.
      displayName: 'processes',
      testMatch: ['<rootDir>/test/processes/**/*.test.ts'],
      globalSetup: './test/harness/processesSetup.mjs',
      globalTeardown: './test/harness/processesTeardown.mjs',
    },
  ],
};
