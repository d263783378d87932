// The migrated database that every test file clones. It is made once per run.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { sessionOf } from '../../src/store/database/embedded.js';
import { migrate } from '../../src/store/database/migrate.js';
import { type Migration, readMigrations } from '../../src/store/database/migrations.js';
import { withSession } from '../../src/store/database/preparePostgres.js';
import { type PostgresCluster, startPostgresCluster } from './postgresCluster.js';

/** Tells test files where the template is: a postgres:// URL, or the file of a PGlite dump. */
export const TEMPLATE_VARIABLE = 'SAHM_TEST_TEMPLATE';

let cluster: PostgresCluster | undefined;
let directory: string | undefined;

/** Creates the template on `TEST_DATABASE` (pglite by default, or postgres), unless the caller of Jest has one. */
export async function prepareTemplate(): Promise<void> {
  if (process.env[TEMPLATE_VARIABLE]) return;
  const kind = process.env.TEST_DATABASE ?? 'pglite';
  if (kind === 'postgres') {
    cluster = await startPostgresCluster();
    process.env[TEMPLATE_VARIABLE] = await createMigratedDatabase(cluster, 'sahm_template');
  } else if (kind === 'pglite') {
    directory = await mkdtemp(join(tmpdir(), 'sahm-template-'));
    process.env[TEMPLATE_VARIABLE] = join(directory, 'template.tar');
    const database = await PGlite.create();
    await migrate(sessionOf(database), await readMigrations('prisma'), () => {});
    const dump = await database.dumpDataDir('none');
    await writeFile(join(directory, 'template.tar'), Buffer.from(await dump.arrayBuffer()));
    await database.close();
  } else {
    throw new Error(`TEST_DATABASE is "${kind}"; it can be pglite or postgres`);
  }
}

export async function removeTemplate(): Promise<void> {
  await cluster?.stop();
  if (directory) await rm(directory, { recursive: true, force: true });
  cluster = undefined;
  directory = undefined;
}

/** Creates a database on the cluster with all migrations, or the given ones; returns its URL. */
export async function createMigratedDatabase(
  cluster: PostgresCluster,
  name: string,
  migrations?: Migration[],
): Promise<string> {
  const url = await cluster.createDatabase(name);
  const wanted = migrations ?? (await readMigrations('prisma'));
  await withSession({ connectionString: url }, session => migrate(session, wanted, () => {}));
  return url;
}
