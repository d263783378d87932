// Migrations that were left half done: by an older release that was killed before it recorded a script's end, and by a
// script that failed.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { sessionOf } from '../../src/store/database/embedded.js';
import { migrate } from '../../src/store/database/migrate.js';
import { type Migration, readMigrations } from '../../src/store/database/migrations.js';
import type { SchemaSession } from '../../src/store/database/schemaSession.js';
import { copyFolder, findStartProblems, makeOlder, withDatabase } from '../harness/olderRelease.js';
import { type PostgresCluster, startPostgresCluster } from '../harness/postgresCluster.js';
import type { DatabaseKind } from '../harness/site.js';

const TIMEOUT_MS = 180_000;

let migrations: Migration[];
let cluster: PostgresCluster;
let root: string;

beforeAll(async () => {
  migrations = await readMigrations('prisma');
  cluster = await startPostgresCluster();
  root = await mkdtemp(join(tmpdir(), 'sahm-left-'));
  await copyFolder(process.env.SAHM_TEST_EMBEDDED as string, join(root, 'postgres'));
}, TIMEOUT_MS);
afterAll(async () => {
  await cluster.stop();
  await rm(root, { recursive: true, force: true });
}, TIMEOUT_MS);

const upgrade = (session: SchemaSession, all = migrations) => migrate(session, all, () => {});

describe.each<DatabaseKind>(['postgres', 'embedded'])('%s', database => {
  let session: SchemaSession;
  let close: () => Promise<void>;
  let next: Migration;

  beforeAll(async () => {
    if (database === 'embedded') {
      const pglite = await PGlite.create({ dataDir: join(root, 'postgres') });
      session = sessionOf(pglite);
      close = () => pglite.close();
      return;
    }
    const client = new Client({ connectionString: await cluster.createDatabase('left') });
    await client.connect();
    session = {
      run: script => client.query(script),
      query: async <Row>(text: string, values?: unknown[]) =>
        (await client.query(text, values)).rows as Row[],
    };
    close = () => client.end();
  }, TIMEOUT_MS);
  afterAll(() => close(), TIMEOUT_MS);
  beforeEach(async () => {
    await makeOlder(session);
    next = migrations[4] as Migration;
  }, TIMEOUT_MS);

  async function leave(migration: Migration, steps: number, logs: string | null): Promise<void> {
    await session.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, applied_steps_count, logs)
       VALUES ('left', $1, $2, $3, $4)`,
      [migration.checksum, migration.name, steps, logs],
    );
  }

  const isLeftRolledBack = async () =>
    (
      await session.query<{ is: boolean }>(
        `SELECT rolled_back_at IS NOT NULL AS is FROM _prisma_migrations WHERE id = 'left'`,
      )
    )[0]?.is;

  test.each<[string, string | null]>([
    ['begun, and nothing is left of it', null],
    ['failed: a lock timeout, in its time', 'canceling statement due to lock timeout'],
  ])(
    '%s: it is run again',
    async (_name, logs) => {
      await leave(next, 0, logs);
      await upgrade(session);
      expect(await findStartProblems(session, true)).toEqual([]);
      expect(await isLeftRolledBack()).toBe(true);
    },
    TIMEOUT_MS,
  );

  test.each([
    ['its end was not recorded', 0],
    ['its end was not recorded, its step was', 1],
  ])(
    'begun and complete, but %s: it is recorded, and not run twice',
    async (_name, steps) => {
      await session.run(next.sql);
      await leave(next, steps, null);
      await upgrade(session);
      expect(await findStartProblems(session, true)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test.each([0, 1, 2, 3, 4])(
    'a script with transactions of its own, killed after %i of them: it is run again',
    async done => {
      const index = migrations.findIndex(({ steps }) => steps.length > 1);
      const own = migrations[index] as Migration;
      await upgrade(session, migrations.slice(0, index));
      for (const step of own.steps.slice(0, done)) await session.run(step);
      await leave(own, 0, null);
      await upgrade(session);
      expect(await findStartProblems(session, true)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'a script that fails leaves nothing, reports the place with the database’s message, and is run again',
    async () => {
      await upgrade(session);
      const sql = 'CREATE TABLE "half" (id int);\n\nSELECT * FROM "missing";\n';
      const later = { name: '29991231000000_later', sql, checksum: 'x', steps: [sql] };
      for (let time = 0; time < 2; time++) {
        await expect(upgrade(session, [...migrations, later])).rejects.toThrow(
          /29991231000000_later was not applied, and left nothing: relation "missing" does not exist \(42P01, line 3 /,
        );
      }
      const [half] = await session.query(`SELECT to_regclass('half') AS found`);
      expect(half).toEqual({ found: null });
      await session.run('CREATE TABLE missing (id int)');
      expect(await upgrade(session, [...migrations, later])).toEqual([later.name]);
    },
    TIMEOUT_MS,
  );

  test(
    'migrations of another program are not taken for those of a newer release',
    async () => {
      await session.run(`DELETE FROM _prisma_migrations;
        INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
          VALUES ('other', 'x', '20200101000000_init', now())`);
      await expect(upgrade(session)).rejects.toThrow(/belongs to another program/);
    },
    TIMEOUT_MS,
  );
});

test(
  'the session of a killed process still runs a script: it is waited for, and the script is not run twice',
  async () => {
    const url = await cluster.createDatabase('still');
    await withDatabase(url, makeOlder);
    const next = migrations[4] as Migration;
    const left = withDatabase(url, session =>
      session.run(`INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('left', 'x', '${next.name}');
        COMMIT; BEGIN; ${next.sql}; SELECT pg_sleep(3); COMMIT`),
    );
    await sleep(1_000);
    await withDatabase(url, session => upgrade(session));
    await left;
    expect(await withDatabase(url, session => findStartProblems(session, true))).toEqual([]);
  },
  TIMEOUT_MS,
);
