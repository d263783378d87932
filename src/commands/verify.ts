// `npm run verify`: checks the ledger over the whole database, and names what is wrong.

import { runCommand, tellProblems } from './run.js';

process.exitCode = await runCommand(
  tellProblems,
  'Ask the running server instead: GET /admin/api/verify',
);
