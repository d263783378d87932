// The migrated database that every test file clones, made once per run.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { Pool } from 'pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { applyMigrations } from '../../src/store/schemaEngine.js';
import { type PostgresCluster, startPostgresCluster } from './postgresCluster.js';

/** Names the template to the test files: a postgres:// URL, or the file of a PGlite dump. */
export const TEMPLATE_VARIABLE = 'SAHM_TEST_TEMPLATE';

let cluster: PostgresCluster | undefined;
let directory: string | undefined;

/** Makes the template on `TEST_DATABASE` (pglite by default, or postgres). */
export async function prepareTemplate(): Promise<void> {
  const kind = process.env.TEST_DATABASE ?? 'pglite';
  if (kind === 'postgres') {
    cluster = await startPostgresCluster();
    process.env[TEMPLATE_VARIABLE] = await createMigratedDatabase(cluster, 'sahm_template');
  } else if (kind === 'pglite') {
    directory = await mkdtemp(join(tmpdir(), 'sahm-template-'));
    process.env[TEMPLATE_VARIABLE] = join(directory, 'template.tar');
    const database = await PGlite.create();
    await migrate(new PrismaPGlite(database));
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

/** A new database on the cluster with all migrations applied; gives its URL. */
export async function createMigratedDatabase(
  cluster: PostgresCluster,
  name: string,
): Promise<string> {
  const url = await cluster.createDatabase(name);
  // A pool of our own: the engine does not close its adapter's, and a database with an open
  // connection cannot serve as a template.
  const pool = new Pool({ connectionString: url });
  try {
    await migrate(new PrismaPg(pool));
  } finally {
    await pool.end();
  }
  return url;
}

/** Applies all migrations. Timers made meanwhile (the engine's, 10 s) do not keep the process alive. */
async function migrate(adapter: SqlMigrationAwareDriverAdapterFactory): Promise<void> {
  const { setTimeout } = globalThis;
  const unreferenced = (...parameters: Parameters<typeof setTimeout>) =>
    setTimeout(...parameters).unref();
  globalThis.setTimeout = Object.assign(unreferenced, setTimeout);
  try {
    await applyMigrations(adapter, 'prisma');
  } finally {
    globalThis.setTimeout = setTimeout;
  }
}
