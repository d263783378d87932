// `npm test` runs everything: the integration tests on both databases, and the tests of built processes.
// `npm test -- PATTERN` selects files.

import { prepare } from './prepare.mjs';
import { checkTypes, conclude, countStep, lint, runJest } from './steps.mjs';

/** The tests that depend most on the database run again on another major version of PostgreSQL. */
const ON_ANOTHER_MAJOR = ['integration/(ledger|ledgerPlans|schema|closedLists|idempotency).test'];

const patterns = process.argv.slice(2);
await prepare({ dev: true, built: false });
const counts = [await countStep(lint), await countStep(checkTypes)];
counts.push(await runJest('unit', patterns));

counts.push(await runJest('integration pglite', patterns, { TEST_DATABASE: 'pglite' }));
counts.push(await runJest('integration postgres', patterns, { TEST_DATABASE: 'postgres' }));
if (process.env.CI && patterns.length === 0) {
  const another = { TEST_DATABASE: 'postgres', TEST_POSTGRES: 'package' };
  counts.push(await runJest('integration postgres', ON_ANOTHER_MAJOR, another));
}
counts.push(await runJest('processes', patterns));
conclude(counts);
