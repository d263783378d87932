import { PGlite } from '@electric-sql/pglite';
import { sessionOf } from '../src/store/embedded.js';
import { migrate, type Session } from '../src/store/migrate.js';
import { type Migration, PRISMA_DIR, readMigrations } from '../src/store/migrations.js';

/** Runs `work` on a database of its own, in memory, that has all migrations. */
export async function withMigratedDatabase<Result>(
  work: (session: Session, migrations: Migration[]) => Promise<Result>,
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
