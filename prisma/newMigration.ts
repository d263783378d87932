// Writes the SQL of a new migration: `npm run migration -- name_of_the_change [function ...]`.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { PRISMA_DIR } from '../src/store/database/migrations.js';
import { diffMigrationsToSchema } from '../src/store/database/schemaEngine.js';
import { draftMigration } from './draftMigration.js';
import { withMigratedDatabase } from './migratedDatabase.js';
import { currentFunctions } from './structure.js';

const [name, ...functions] = process.argv.slice(2);
if (!name || !/^[a-z0-9_]+$/.test(name)) {
  console.error('usage: npm run migration -- name_of_the_change [function ...]');
  process.exit(2);
}
const sql = await draft().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
const folder = `${stamp}_${name}`;
const directory = join(PRISMA_DIR, 'migrations', folder);
await mkdir(directory, { recursive: true });
await writeFile(join(directory, 'migration.sql'), sql);
console.log(
  `wrote prisma/migrations/${folder}/migration.sql; add what Prisma cannot say (CHECK, partial indexes), and then ` +
    'write prisma/structure.sql anew: npm run structure',
);

async function draft(): Promise<string> {
  const known = functions.length > 0 ? await withMigratedDatabase(currentFunctions) : [];
  const database = await PGlite.create();
  const difference = await diffMigrationsToSchema(new PrismaPGlite(database), PRISMA_DIR);
  await database.close();
  return draftMigration(difference, known, functions);
}
