// A process of its own, which ends with the schema engine and its memory: the URL comes as its input.

import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { migratePostgres } from './migratePostgres.js';
import { projectRoot } from './projectRoot.js';

await migratePostgres(await text(process.stdin), join(projectRoot, 'prisma'));
// The schema engine leaves a timer running.
process.exit(0);
