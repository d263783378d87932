// Rewrites prisma/structure.sql: `npm run structure`.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PRISMA_DIR } from '../src/store/database/migrations.js';
import { withMigratedDatabase } from './migratedDatabase.js';
import { describeStructure } from './structure.js';

await writeFile(join(PRISMA_DIR, 'structure.sql'), await withMigratedDatabase(describeStructure));
console.log('wrote prisma/structure.sql');
