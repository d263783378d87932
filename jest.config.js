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

/** What is the same on any database runs on PostgreSQL alone. */
const onPostgresAlone = [
  'addresses',
  'breakers',
  'openaiFields',
  'realClients',
  'streams',
  'upstreamWords',
  'upstreams',
].map(name => `<rootDir>/test/integration/${name}.test.ts`);
const database = process.env.TEST_DATABASE ?? 'pglite';

export default {
  maxWorkers: 2,
  testTimeout: 30_000,
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
      testMatch: ['<rootDir>/test/integration/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...(database === 'pglite' ? onPostgresAlone : [])],
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
