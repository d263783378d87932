// How every command runs: it builds the service without listening on its port, acts, closes the service, and
// ends with one of the shared exit codes.

import { loadConfig } from '../config.js';
import { buildDeps, type Deps } from '../deps/index.js';
import { EXIT, type ExitCode } from './exitCodes.js';
import { tellFault } from './tellFault.js';

/**
 * `whereLocked` tells the operator what to do while a running server has the embedded database. Never throws.
 */
export async function runCommand(
  act: (deps: Deps) => Promise<ExitCode>,
  whereLocked?: string,
): Promise<ExitCode> {
  try {
    const deps = await buildDeps(loadConfig());
    try {
      return await act(deps);
    } finally {
      await deps.close();
    }
  } catch (error) {
    tellFault(error);
    const isLocked = error instanceof Error && error.name === 'DirectoryLockedError';
    if (isLocked && whereLocked) console.error(whereLocked);
    return EXIT.couldNotRun;
  }
}

/** Prints what is wrong with the ledger. */
export async function tellProblems(deps: Deps): Promise<ExitCode> {
  const problems = await deps.findProblems();
  for (const problem of problems) console.log(problem);
  if (problems.length > 0) return EXIT.notWell;
  console.log('the ledger is clean');
  return EXIT.done;
}
