// A process of its own: node createEmbedded.js DIRECTORY

import { createEmbedded } from './embedded.js';

await createEmbedded(process.argv[2] as string);
// The schema engine leaves a timer running.
process.exit(0);
