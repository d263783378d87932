// `npm run verify`: checks the ledger over the whole database, and names what is wrong.

import { loadConfig } from './config.js';
import { buildDeps } from './deps.js';
import { tellFault } from './operatorFault.js';

async function main(): Promise<number> {
  const deps = await buildDeps(loadConfig());
  try {
    const problems = await deps.findProblems();
    for (const problem of problems) console.log(problem);
    if (problems.length === 0) console.log('the ledger is clean');
    return problems.length === 0 ? 0 : 1;
  } finally {
    await deps.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isLocked = error instanceof Error && error.name === 'DirectoryLockedError';
  tellFault(error);
  if (isLocked) console.error('Ask the running server instead: GET /admin/api/verify');
  // 1 means that the ledger is wrong; here it could not be asked.
  process.exitCode = 2;
}
