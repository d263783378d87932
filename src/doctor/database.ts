// Checks the database: its version, schema, rights and room, and whether its content fits the configuration.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, Secrets } from '../config.js';
import { hasAdministrators, sharedSettings } from '../deps/oversight.js';
import { secretsAreOthers } from '../deps/secrets.js';
import type { Catalog } from '../domain/catalog.js';
import { passwordIsUnused, replicasDiffer } from '../domain/configWarning.js';
import { missingReferences } from '../store/catalog/references.js';
import type { Database } from '../store/database/database.js';
import { readDatabaseUrl } from '../store/database/databaseUrl.js';
import { PRISMA_DIR, readMigrations } from '../store/database/migrations.js';
import { openDatabase } from '../store/database/openDatabase.js';
import { withSession } from '../store/database/preparePostgres.js';
import type { Queryable } from '../store/database/queries.js';
import type { SchemaSession } from '../store/database/schemaSession.js';
import { checkServer } from '../store/database/serverCheck.js';
import { readMonths } from '../store/ledger/months.js';
import { nameOfMediaFolder } from '../store/media/mediaFolder.js';
import { differingSecrets } from '../store/secrets/secretFingerprints.js';
import { differingNames, readReplicas } from '../store/upkeep/replicas.js';
import { type Finding, tried, warned, well, wordsOf, wrong } from './finding.js';

/** Enough for a process, and some more for its replacement and for `verify`. */
const CONNECTIONS_A_PROCESS = 16;
const CLOCK_TOLERANCE_MS = 2_000;

export interface Examined {
  config: Config;
  /** Null if only a start of the service would make them. */
  secrets: Secrets | null;
  /** Null if the catalogue has faults. */
  catalog: { catalog: Catalog; digest: string } | null;
  /** Whether the service runs. Then it says itself what it finds. */
  isServing: boolean;
}

/** Tests pass their own database as `opened`. */
export async function examineDatabase(given: Examined, opened?: Database): Promise<Finding[]> {
  const { config } = given;
  if (opened) return examineContents(given, opened.prisma);
  if (config.databaseUrl === undefined) return examineEmbedded(given);
  const target = readTarget(config.databaseUrl);
  if ('name' in target) return [target];
  try {
    const before = await withSession(target, session => examineServer(session, config));
    if (before.some(({ ok }) => !ok)) return before;
    return [...before, ...(await openAndExamine(given))];
  } catch (error) {
    return [wrong('database', `${wordsOf(error)}. Check that it runs, and what DATABASE_URL says`)];
  }
}

function readTarget(url: string) {
  try {
    return readDatabaseUrl(url);
  } catch (error) {
    return wrong('database', wordsOf(error));
  }
}

/** Only reads. A start of the service migrates the database, the doctor does not. */
async function examineServer(session: SchemaSession, config: Config): Promise<Finding[]> {
  const found = [
    await tried('database', async () => {
      const schema = await checkServer(session, config.quotaTimeZone);
      return `answers, takes writes, and knows the zone ${config.quotaTimeZone}; the schema is ${schema}`;
    }),
  ];
  if (found.some(({ ok }) => !ok)) return found;
  const [facts] = await session.query<{
    mayCreate: boolean;
    connections: number;
    isMigrated: boolean;
    user: string;
  }>(`SELECT has_schema_privilege(current_user, current_schema(), 'CREATE') AS "mayCreate",
    least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
      nullif((SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user), -1)) AS connections,
    to_regclass('_prisma_migrations') IS NOT NULL AS "isMigrated", current_user::text AS user`);
  if (!facts) throw new Error('the database answers nothing');
  const { mayCreate, connections, isMigrated, user } = facts;
  found.push(
    mayCreate
      ? well('database rights', `${user} may create tables`)
      : wrong(
          'database rights',
          `${user} may not create tables: GRANT CREATE, USAGE ON SCHEMA public TO "${user}"`,
        ),
  );
  const needed = CONNECTIONS_A_PROCESS * config.webConcurrency;
  const says = `${connections} connections are allowed, ${needed} are needed for ${config.webConcurrency} processes`;
  found.push(
    connections >= needed
      ? well('database connections', says)
      : wrong('database connections', `${says}: raise max_connections of the server`),
  );
  const migrations = await readMigrations(PRISMA_DIR);
  const applied = isMigrated
    ? await session.query<{ name: string }>(
        'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL',
      )
    : [];
  const waiting = migrations.filter(({ name }) => !applied.some(each => each.name === name));
  if (waiting.length > 0) {
    const text = `${waiting.length} migrations are missing: the next start makes them. Start Sahm, then ask again`;
    found.push(wrong('database schema', text));
  }
  return found;
}

async function examineEmbedded(given: Examined): Promise<Finding[]> {
  const { dataDir, isProduction } = given.config;
  if (!existsSync(join(dataDir, 'postgres'))) {
    return [well('database', `embedded; the first start makes it in ${dataDir}`)];
  }
  try {
    const hint = isProduction ? '; DATABASE_URL would let several processes serve' : '';
    return [well('database', `embedded in ${dataDir}${hint}`), ...(await openAndExamine(given))];
  } catch (error) {
    if (error instanceof Error && error.name === 'DirectoryLockedError') {
      return [
        given.isServing
          ? well('database', 'embedded, and a running server has it: its own words are above')
          : warned(
              'database',
              'embedded, and a running process has it, which was not asked: set SAHM_URL to where it listens',
            ),
      ];
    }
    return [wrong('database', wordsOf(error))];
  }
}

async function openAndExamine(given: Examined): Promise<Finding[]> {
  const database = await openDatabase({ ...given.config, databaseWaitMs: 0 });
  try {
    return await examineContents(given, database.prisma);
  } finally {
    await database.close();
  }
}

async function examineContents(
  { config, secrets, catalog }: Examined,
  db: Queryable,
): Promise<Finding[]> {
  const found = [
    await examineClock(db),
    await examineMonths(config, db),
    await examineAdministrators(config, db),
  ];
  if (secrets) {
    const changed = await differingSecrets(db, secrets);
    found.push(
      changed.length > 0
        ? wrong('secrets', secretsAreOthers(changed))
        : well('secrets', 'are those that the license keys of this database were made with'),
    );
  }
  if (catalog) {
    const faults = await missingReferences(db, catalog.catalog);
    found.push(
      faults.length > 0
        ? wrong('catalogue and database', faults.join('; '))
        : well('catalogue and database', 'the catalogue has all that the database refers to'),
    );
  }
  if (secrets && catalog) found.push(await examineReplicas(config, secrets, catalog.digest, db));
  return found;
}

async function examineClock(db: Queryable): Promise<Finding> {
  const askedAt = Date.now();
  const [row] = await db.$queryRaw<[{ now: number }]>`
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;
  const tookMs = Date.now() - askedAt;
  const aheadMs = Math.round(askedAt + tookMs / 2 - row.now);
  const says = `this machine's clock and the database's are ${Math.abs(aheadMs)} ms apart`;
  return Math.abs(aheadMs) > CLOCK_TOLERANCE_MS + tookMs
    ? wrong('clock', `${says}: set both by NTP`)
    : well('clock', says);
}

async function examineMonths(config: Config, db: Queryable): Promise<Finding> {
  const months = await readMonths(db);
  const wanted = `${config.quotaCalendar}, ${config.quotaTimeZone}`;
  if (!months) return well('months', `${wanted}; they are written by the first start`);
  const { label, endsAt, next } = months;
  const current = `this month is ${label}, until ${endsAt.toISOString()}`;
  const inForce = `${next.calendar}, ${next.timeZone}`;
  if (inForce === wanted) return well('months', `${wanted}; ${current}`);
  return wrong(
    'months',
    `QUOTA_CALENDAR and QUOTA_TIME_ZONE say ${wanted}, but the database counts by ${inForce}; ${current}. Started so, Sahm counts by ${wanted} from then on`,
  );
}

async function examineAdministrators(config: Config, db: Queryable): Promise<Finding> {
  const isThere = await hasAdministrators(db);
  if (isThere && config.adminPassword !== undefined) {
    return wrong('administrators', passwordIsUnused().message);
  }
  return well('administrators', isThere ? 'there are some' : 'the first start makes the first one');
}

async function examineReplicas(
  config: Config,
  secrets: Secrets,
  digest: string,
  db: Queryable,
): Promise<Finding> {
  const mediaFolder = config.mediaS3 ? null : await nameOfMediaFolder(config.mediaDir);
  const own = sharedSettings(config, { ...secrets, catalogDigest: digest, mediaFolder });
  const replicas = await readReplicas(db);
  const names = new Set(replicas.flatMap(each => differingNames(Object.keys(own), own, each)));
  if (names.size > 0) {
    const says = [...names].map(name => replicasDiffer(name).message).join(' ');
    return wrong(
      'replicas',
      `${replicas.map(({ name }) => name).join(', ')} serve, and differ from what is set here: ${says}`,
    );
  }
  return well('replicas', `${replicas.length} processes serve from this database`);
}
