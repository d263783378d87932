// A process of its own: node createEmbedded.js DIRECTORY

import { createEmbedded } from './database.js';

await createEmbedded(process.argv[2] as string);
