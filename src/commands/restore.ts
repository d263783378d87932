// `sahm restore FILE` and `npm run restore -- FILE`: restores a backup into the database that the environment
// names, then checks the ledger. The database must be empty, and no server may be using it.

import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { EXIT, type ExitCode } from './exitCodes.js';
import { runCommand, tellProblems } from './run.js';
import { tellFault } from './tellFault.js';

export async function restoreFile(file: string | undefined): Promise<ExitCode> {
  if (file === undefined) {
    console.error('usage: npm run restore -- FILE');
    return EXIT.couldNotRun;
  }
  try {
    await access(file);
  } catch (error) {
    tellFault(error);
    return EXIT.couldNotRun;
  }
  return runCommand(async deps => {
    const rows = await deps.restore(createReadStream(file));
    console.log(`restored ${rows} rows`);
    return tellProblems(deps);
  });
}

// `sahm restore` imports this module too.
if (process.argv[1]?.endsWith('commands/restore.js')) {
  process.exitCode = await restoreFile(process.argv[2]);
}
