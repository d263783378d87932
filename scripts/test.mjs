// `npm test`: everything, the integration tests on both databases, and the processes of the built
// service. `npm test -- PATTERN` filters files.

import '../test/harness/typescriptLoader.mjs';
import { prepare } from './prepare.mjs';
import { checkTypes, conclude, countStep, lint, runJest } from './steps.mjs';

const patterns = process.argv.slice(2);
await prepare({ dev: true, built: false });
const counts = [await countStep(lint), await countStep(checkTypes)];
counts.push(await runJest('unit', patterns));

const onPglite = await runJest('integration pglite', patterns, { TEST_DATABASE: 'pglite' });
counts.push(onPglite);

const { findPostgres } = await import('../test/harness/postgresCluster.ts');
if (await findPostgres()) {
  counts.push(await runJest('integration postgres', patterns, { TEST_DATABASE: 'postgres' }));
  counts.push(await runJest('processes', patterns));
} else {
  console.log(
    'PostgreSQL is not installed: the integration tests ran on the embedded one only, and',
  );
  console.log('the tests with processes of the service did not run.');
  counts.push({ passed: 0, failed: 0, skipped: onPglite.passed + onPglite.failed });
}
conclude(counts);
