// A process of its own, which ends with the schema engine and its memory: the URL comes as its input.

import { text } from 'node:stream/consumers';
import { migratePostgres } from './migratePostgres.js';
import { PRISMA_DIR } from './migrations.js';

await migratePostgres(await text(process.stdin), PRISMA_DIR);
// The schema engine leaves a timer running.
process.exit(0);
