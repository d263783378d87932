import { PGlite } from '@electric-sql/pglite';
import { sessionOf } from '../src/store/database/embedded.js';
import { migrate } from '../src/store/database/migrate.js';
import { type Migration, PRISMA_DIR, readMigrations } from '../src/store/database/migrations.js';
import type { SchemaSession } from '../src/store/database/schemaSession.js';

/** Runs `work` on a new in-memory database that has all migrations. */
export async function withMigratedDatabase<Result>(
  work: (session: SchemaSession, migrations: Migration[]) => Promise<Result>,
): Promise<Result> {
  const migrations = await readMigrations(PRISMA_DIR);
  const database = await PGlite.create();
  try {
    const session = sessionOf(database);
    await migrate(session, migrations, () => {});
    return await work(session, migrations);
  } finally {
    await database.close();
  }
}
