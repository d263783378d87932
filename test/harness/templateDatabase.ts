// The migrated database that every test file clones, made once per run.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { migratePostgres } from '../../src/store/migratePostgres.js';
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
    await withoutWaitingForTimers(() => applyMigrations(new PrismaPGlite(database), 'prisma'));
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
  await withoutWaitingForTimers(() => migratePostgres(url, 'prisma'));
  return url;
}

/** The schema engine starts a timer of 10 s and forgets it; it must not keep the process alive. */
async function withoutWaitingForTimers(work: () => Promise<unknown>): Promise<void> {
  const { setTimeout } = globalThis;
  const unreferenced = (...parameters: Parameters<typeof setTimeout>) =>
    setTimeout(...parameters).unref();
  globalThis.setTimeout = Object.assign(unreferenced, setTimeout);
  try {
    await work();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
}
