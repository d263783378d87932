// Runs in a process of its own: node createEmbedded.js DIRECTORY

import { createEmbedded } from './embedded.js';

try {
  await createEmbedded(process.argv[2] as string);
} catch (error) {
  // For the process that started this one, which tells the operator.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
