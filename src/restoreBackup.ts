// `npm run restore -- FILE`: brings a backup back into the database that the environment names, which
// must be empty and used by no running server; then checks the ledger.

import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { loadConfig } from './config.js';
import { buildDeps } from './deps.js';
import { tellFault } from './operatorFault.js';

/** Gives the exit code: 0 when all is there and the ledger is clean. */
export async function restoreFile(file: string | undefined): Promise<number> {
  if (file === undefined) {
    console.error('usage: npm run restore -- FILE');
    return 2;
  }
  try {
    await access(file);
    const deps = await buildDeps(loadConfig());
    try {
      const rows = await deps.restore(createReadStream(file));
      console.log(`restored ${rows} rows`);
      const problems = await deps.findProblems();
      for (const problem of problems) console.log(problem);
      if (problems.length === 0) console.log('the ledger is clean');
      return problems.length === 0 ? 0 : 1;
    } finally {
      await deps.close();
    }
  } catch (error) {
    tellFault(error);
    return 2;
  }
}

// `sahm restore` imports this too.
if (process.argv[1]?.endsWith('restoreBackup.js')) {
  process.exitCode = await restoreFile(process.argv[2]);
}
