// The refused chats of a license, as far as they are kept.

import { KEY_CAUSES, type KeptParameters, type KeyCause } from '../../domain/keptRefusal.js';
import type { Page } from '../../domain/page.js';
import type { Provider } from '../../domain/provider.js';
import { inBatches } from '../database/batches.js';
import { millisecondsSql } from '../database/instants.js';
import { readPage } from '../database/paging.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { type AskedDays, askedSql, daySql, FROM_AND_TO, type Totals } from './askedDays.js';
import { KEPT_REFUSALS, removeOlder } from './refusalWriter.js';
import { filterSql, type RequestFilter } from './requestFilter.js';
import type { RefusalRow } from './usageTotals.js';

export interface RefusalView {
  /** The request's X-Request-Id. */
  id: string;
  licenseId: string;
  at: Date;
  dialect: string;
  /** Null where none had been chosen. */
  provider: Provider | null;
  /** As the caller wrote it; null where the request did not say. */
  model: string | null;
  code: string;
  /** The key of its message, and what of its parameters is kept. */
  reason: string;
  parameters: KeptParameters;
  /** The named key that it came with; null for the master key. */
  namedKey: string | null;
  keyName: string | null;
  /** Only for administrators: why the key was refused, as far as that is known. */
  cause: KeyCause | null;
}

export interface RefusalQuery extends RequestFilter {
  code?: string | undefined;
}

export interface RefusalLog {
  /** Newest first. */
  list(licenseId: string, query: RefusalQuery): Promise<Page<RefusalView>>;
  find(requestId: string): Promise<RefusalView | null>;
  /** By day, code and reason. */
  totals(licenseId: string, days: AskedDays): Promise<Totals<RefusalRow>>;
  /** Removes those that are older than 90 days, and all but the newest of each license; returns how many. */
  prune(most: number): Promise<number>;
}

const KEPT_DAYS = 90;

type Row = Omit<RefusalView, 'at' | 'cause'> & { at: number };

const COLUMNS = Prisma.sql`
id, license_id AS "licenseId", ${millisecondsSql(Prisma.sql`at`)} AS at, dialect, provider, model, code,
  reason, parameters, named_key_id AS "namedKey",
  (SELECT name FROM named_key WHERE named_key.id = refusal.named_key_id) AS "keyName"`;

export function createRefusalLog(prisma: PrismaClient, timeZone: string): RefusalLog {
  return {
    async list(licenseId, query) {
      const { code, limit } = query;
      const conditions = [
        ...(code === undefined ? [] : [Prisma.sql`code = ${code}`]),
        ...filterSql(licenseId, query, Prisma.sql`at`, timeZone),
      ];
      return readPage(
        limit,
        most => prisma.$queryRaw<Row[]>`
        SELECT ${COLUMNS} FROM refusal WHERE ${Prisma.join(conditions, ' AND ')}
        ORDER BY id DESC LIMIT ${most}`,
        row => row.id,
        viewOf,
      );
    },
    async find(requestId) {
      const [row] = await prisma.$queryRaw<Row[]>`
        SELECT ${COLUMNS} FROM refusal WHERE id = ${requestId}::uuid`;
      return row ? viewOf(row) : null;
    },
    async totals(licenseId, days) {
      const [answer] = await prisma.$queryRaw<[Totals<RefusalRow>]>`
WITH ${askedSql(days, timeZone)},
counted AS (
  SELECT ${daySql(Prisma.sql`at`, timeZone)} AS key, code, reason, dialect,
    coalesce(provider, '') AS provider, count(*)::float8 AS requests
  FROM refusal CROSS JOIN asked
  WHERE license_id = ${licenseId}::uuid AND at >= asked.begins_at AND at < asked.ends_at
  GROUP BY 1, 2, 3, 4, 5
)
SELECT ${FROM_AND_TO},
  (SELECT coalesce(json_agg(counted ORDER BY key, requests DESC, code, reason), '[]') FROM counted) AS rows
FROM asked`;
      return answer;
    },
    async prune(most) {
      const old = await inBatches(
        most,
        limit => prisma.$executeRaw`
DELETE FROM refusal WHERE id IN (
  SELECT id FROM refusal WHERE at < sahm_now() - ${KEPT_DAYS}::int * interval '1 day'
  ORDER BY at LIMIT ${limit}::int)`,
      );
      const many = await prisma.$queryRaw<Array<{ id: string }>>`
        SELECT license_id AS id FROM refusal GROUP BY 1 HAVING count(*) > ${KEPT_REFUSALS}::int`;
      let beyond = 0;
      for (const { id } of many) beyond += await removeOlder(prisma, id);
      return old + beyond;
    },
  };
}

function viewOf(row: Row): RefusalView {
  const { cause, cause_at: at, ...parameters } = row.parameters;
  return { ...row, at: new Date(row.at), parameters, cause: causeOf(cause, at, row.keyName) };
}

function causeOf(cause: unknown, at: unknown, name: string | null): KeyCause | null {
  const key = KEY_CAUSES.find(each => each === cause);
  return key ? ({ key, parameters: { name, at } } as KeyCause) : null;
}
