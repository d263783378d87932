// `npm run mutants -- src/domain/cost.ts test/domain/cost.test.ts`: changes the sources in small ways ("mutants"), one at
// a time, and runs the tests that reach the change; without tests, those of test/domain that need the source. A mutant
// that survives is a missing test, or does the same as the program.

import jestConfig from '../jest.config.js';
import { prepare } from './prepare.mjs';
import { VM_MODULES } from './steps.mjs';

const files = process.argv.slice(2);
const sources = files.filter(file => file.startsWith('src/'));
const tests = files.filter(file => file.startsWith('test/'));
if (sources.length === 0 || sources.length + tests.length < files.length) {
  console.error('usage: npm run mutants -- src/FILE.ts… [test/FILE.test.ts…]');
  process.exit(2);
}

// A test is known by its name, which has its seed. Few histories find a mutant as well as many do, and sooner.
process.env.BOUND_SEED ??= '1';
process.env.PROPERTY_SEED ??= '1';
process.env.CHATS ??= '100';
process.env.HISTORIES ??= '20';

await prepare({ dev: true, built: false });
const { displayName: _, ...unit } = jestConfig.projects[0];
const { Stryker } = await import('@stryker-mutator/core');
await new Stryker({
  mutate: sources,
  testRunner: 'jest',
  plugins: ['@stryker-mutator/jest-runner'],
  testRunnerNodeArgs: VM_MODULES.split(' '),
  jest: {
    config: {
      ...unit,
      projects: [],
      // Stryker puts its own here, which sees what mutants each test reaches.
      testEnvironment: 'node',
      setupFiles: ['<rootDir>/test/harness/firstFailure.ts'],
      testMatch: (tests.length > 0 ? tests : ['test/domain/**/*.test.ts']).map(
        file => `<rootDir>/${file}`,
      ),
    },
  },
  coverageAnalysis: 'perTest',
  concurrency: 1,
  // Jest leaves every module of every run in memory.
  maxTestRunnerReuse: 40,
  timeoutMS: 10_000,
  tempDirName: 'dist/mutants',
  // Without tsconfig.json, which Stryker reads with an interface that this version of TypeScript does not have.
  ignorePatterns: ['**', '!src/**', '!test/**', '!catalog/**', '!jest.config.js', '!package.json'],
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
}).runMutationTest();
