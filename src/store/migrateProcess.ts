// A process of its own, which ends with the schema engine and its memory: DATABASE_URL says where.

import { join } from 'node:path';
import { migratePostgres } from './migratePostgres.js';
import { projectRoot } from './projectRoot.js';

await migratePostgres(process.env.DATABASE_URL as string, join(projectRoot, 'prisma'));
// The schema engine leaves a timer running.
process.exit(0);
