// A database as an older release left it, with data, and what must be true after an upgrade.

import { cp } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import { sessionOf } from '../../src/store/database/embedded.js';
import { migrate } from '../../src/store/database/migrate.js';
import { readMigrations } from '../../src/store/database/migrations.js';
import { withSession } from '../../src/store/database/preparePostgres.js';
import type { SchemaSession } from '../../src/store/database/schemaSession.js';

/** The remaining migrations are what the upgrade has to do. */
const MIGRATIONS_OF_OLD = 4;
const HOLDS = 5_000;
const LICENSE = '00000000-0000-7000-8000-000000000001';
const LIMIT = 100_000;

const ROWS = `
  INSERT INTO account (id, email) VALUES ('${LICENSE}', 'buyer@example.com');
  INSERT INTO license (id, account_id, plan, state, openrouter_limit)
    VALUES ('${LICENSE}', '${LICENSE}', 'pro', 'active', ${LIMIT});
  INSERT INTO quota_period (license_id, period, provider, plan_limit, addon_limit, highest_limit, used)
    VALUES ('${LICENSE}', '2026-01', 'openrouter', ${LIMIT}, 0, ${LIMIT}, ${HOLDS});
  INSERT INTO hold (id, license_id, provider, period, units, state, model, created_at, lease_ends_at, ended_at)
    SELECT gen_random_uuid(), '${LICENSE}', 'openrouter', '2026-01', 1, 'posted', 'x', now(), now(), now()
    FROM generate_series(1, ${HOLDS})`;

/** Makes any database of ours an older release's. Its contents are lost. */
export async function makeOlder(session: SchemaSession): Promise<void> {
  await session.run('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  const migrations = await readMigrations('prisma');
  await migrate(session, migrations.slice(0, MIGRATIONS_OF_OLD), () => {});
  await session.run(ROWS);
}

/** A connection of its own to a postgres:// URL, or to an embedded database's folder. */
export async function withDatabase<Result>(
  where: string,
  act: (session: SchemaSession) => Promise<Result>,
): Promise<Result> {
  if (where.startsWith('postgres://')) return withSession({ connectionString: where }, act);
  const pglite = await PGlite.create({ dataDir: where });
  try {
    return await act(sessionOf(pglite));
  } finally {
    await pglite.close();
  }
}

/**
 * What is wrong. Every migration must be recorded once and finished, and the old rows must still be there.
 */
export async function findStartProblems(
  session: SchemaSession,
  isUpgrade: boolean,
): Promise<string[]> {
  const wanted = (await readMigrations('prisma')).map(({ name }) => name);
  const rows = await session.query<{ name: string }>(
    `SELECT migration_name AS name FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
  );
  const problems: string[] = [];
  const found = rows.map(({ name }) => name);
  if (found.join() !== wanted.join()) problems.push(`migrations: ${found.join(', ')}`);
  const [left] = await session.query<{ count: number }>(
    `SELECT count(*)::int FROM _prisma_migrations
     WHERE finished_at IS NULL AND rolled_back_at IS NULL`,
  );
  if (left?.count !== 0) problems.push(`${left?.count} migrations without an end`);
  const [counts] = await session.query<{
    holds: number;
    used: number;
    limits: string;
    invalid: number;
  }>(
    `SELECT (SELECT count(*)::int FROM hold) AS holds,
       (SELECT coalesce(sum(used), 0)::int FROM quota_period) AS used,
       (SELECT coalesce(string_agg(provider || ' ' || units, ', '), '') FROM license_limit) AS limits,
       (SELECT count(*)::int FROM pg_constraint WHERE NOT convalidated) AS invalid`,
  );
  const expected = isUpgrade ? HOLDS : 0;
  if (counts?.holds !== expected || counts.used !== expected) {
    problems.push(`${counts?.holds} holds, ${counts?.used} used: they were ${expected}`);
  }
  if (counts?.limits !== (isUpgrade ? `openrouter ${LIMIT}` : '')) {
    problems.push(`limits: ${counts?.limits}`);
  }
  if (counts?.invalid !== 0) problems.push(`${counts?.invalid} constraints are not validated`);
  return problems;
}

export async function copyFolder(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
}
