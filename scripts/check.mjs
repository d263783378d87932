// `npm run check`: the quick check. Format, lint, types, and the unit tests (including the architecture).

import { prepare } from './prepare.mjs';
import { checkTypes, conclude, countStep, lint, runJest } from './steps.mjs';

await prepare({ dev: true, built: false });
conclude([
  await countStep(lint),
  await countStep(checkTypes),
  await runJest('unit', process.argv.slice(2)),
]);
