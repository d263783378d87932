// Writes the SQL of a new migration: `npm run migration -- name_of_the_change`.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { diffMigrationsToSchema } from '../src/store/schemaEngine.js';

const name = process.argv[2];
if (!name || !/^[a-z0-9_]+$/.test(name)) {
  console.error('usage: npm run migration -- name_of_the_change');
  process.exit(2);
}
const database = await PGlite.create();
const sql = await diffMigrationsToSchema(new PrismaPGlite(database), 'prisma');
await database.close();
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
const directory = join('prisma', 'migrations', `${stamp}_${name}`);
await mkdir(directory, { recursive: true });
await writeFile(join(directory, 'migration.sql'), sql);
console.log(
  `wrote ${directory}/migration.sql; add what Prisma cannot say (CHECK, partial indexes)`,
);
