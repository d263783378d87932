// Steps that `npm run check` and `npm test` share.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, runStep, StepFailed } from './prepare.mjs';

const BIOME = [process.execPath, 'node_modules/@biomejs/biome/bin/biome'];
const TSC = [process.execPath, 'node_modules/typescript/bin/tsc'];

export function lint() {
  return runStep('Format and lint', [...BIOME, 'check']);
}

/** Checks the types of sources and tests, and builds, because some tests start built processes. */
export async function checkTypes() {
  await runStep('Types', [...TSC, '--project', 'tsconfig.test.json', '--pretty', 'false']);
  await build();
  await runStep('Types of the client of the pages', [process.execPath, 'web/writeTypes.mjs']);
  await runStep('Types of the pages', [
    ...TSC,
    '--project',
    'web/tsconfig.json',
    '--pretty',
    'false',
  ]);
}

/** Runs a step, and counts it as one test. */
export async function countStep(step) {
  try {
    await step();
    return { passed: 1, failed: 0, skipped: 0 };
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    console.log(`${error.output.trimEnd()}\n${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** Options of Node with which Jest runs ES modules. */
export const VM_MODULES = '--experimental-vm-modules --disable-warning=ExperimentalWarning';

/** Runs one of Jest's projects, passes its output through, and returns its counts. */
export async function runJest(project, args, environment = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sahm-jest-'));
  const outputFile = join(folder, 'result.json');
  const jest = ['node_modules/jest/bin/jest.js', '--selectProjects', project];
  const options = [
    '--json',
    `--outputFile=${outputFile}`,
    ...(args.length ? ['--passWithNoTests'] : []),
  ];
  const child = spawn(process.execPath, [...jest, ...options, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      ...environment,
      NODE_ENV: 'test',
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${VM_MODULES}`.trim(),
    },
  });
  const code = await new Promise(resolve => child.once('close', resolve));
  try {
    const counts = countTests(JSON.parse(readFileSync(outputFile, 'utf8')));
    // Jest can fail although no test did, for example in its global setup.
    if (code !== 0 && counts.failed === 0) counts.failed = 1;
    return counts;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countTests(result) {
  // A file that could not run, or that leaked, has failed even if none of its tests did.
  const failedFiles = result.testResults.filter(
    file =>
      file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed'),
  );
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + failedFiles.length,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

/** Prints `N passed, N failed` as the last line, and sets the exit code. */
export function conclude(allCounts) {
  const sum = key => allCounts.reduce((total, counts) => total + counts[key], 0);
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
  console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
  process.exitCode = sum('failed') > 0 ? 1 : 0;
}
