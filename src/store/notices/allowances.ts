// Finds allowances that are nearly or fully used, and licenses that use a model which retires soon. It does not scan
// everybody's counters: it only looks at licenses whose holds ended since the last time, and reads their counters by
// key.

import { v7 as uuidv7 } from 'uuid';
import {
  type AllowanceState,
  allowanceNotices,
  LOWEST_PERCENT,
  type NewNotice,
} from '../../domain/notice.js';
import type { QuotaKey } from '../../domain/provider.js';
import type { Queryable } from '../database/queries.js';
import type { PrismaClient } from '../generated/client.js';
import { HOLD_QUOTA } from '../ledger/sql.js';
import { writeNotices } from './write.js';

/** A license's counters that have changed. */
export interface Touched {
  license_id: string;
  period: string;
  provider: QuotaKey;
}

/** A model with its last day, `2027-01-14`. */
export interface RetiringModel {
  model: string;
  retires_at: string;
}

/** How many days before a model's last day its users get a notice. */
const RETIRING_DAYS = 30;

interface UseOfRetiring extends RetiringModel {
  license_id: string;
  plan: string;
}

function retiringNotice({ license_id: licenseId, ...details }: UseOfRetiring): NewNotice {
  const subject = `${details.model} ${details.retires_at}`;
  return { kind: 'model_retiring', licenseId, subject, details, mails: true };
}

const CURSOR = 'holds';
/** The most holds that one statement reads. */
const HOLDS_A_PAGE = 20_000;
/**
 * No hold is missed if the clocks of two processes differ by less than this, and commits take less than this.
 */
const MARGIN_MS = 120_000;
/** How far the very first run looks back. */
const FIRST_LOOK_MS = 86_400_000;
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/** Writes notices for those of these counters that reached a threshold; returns how many were new. */
export async function writeAllowanceNotices(db: Queryable, touched: Touched[]): Promise<number> {
  if (touched.length === 0) return 0;
  const licenseIds = [...new Set(touched.map(row => row.license_id))];
  const states = await db.$queryRaw<AllowanceState[]>`
WITH touched AS MATERIALIZED (
  SELECT * FROM json_to_recordset(${JSON.stringify(touched)}::json) AS each(license_id uuid,
    period text, provider text)
),
pack AS (
  SELECT license_id, provider, sum(greatest(0, entitled - used)) AS unspent FROM license_grant
  WHERE license_id = ANY (${licenseIds}::uuid[]) AND lasts = 'until-used' AND state = 'active'
  GROUP BY license_id, provider
),
shown AS (
  SELECT own.license_id, license.plan, own.provider, own.period, own.used + own.grants_used AS used,
    own.plan_limit + own.addon_limit + own.grants_used + coalesce(pack.unspent, 0) AS most,
    greatest(0, own.plan_limit + own.addon_limit - own.used) + coalesce(pack.unspent, 0) AS room
  FROM touched
  JOIN quota_period own ON own.license_id = ANY (${licenseIds}::uuid[])
    AND own.license_id = touched.license_id AND own.period = touched.period
    AND own.provider = touched.provider
  JOIN license ON license.id = ANY (${licenseIds}::uuid[]) AND license.id = own.license_id
    AND license.state = 'active'
  LEFT JOIN pack ON pack.license_id = own.license_id AND pack.provider = own.provider
)
SELECT license_id AS "licenseId", plan, provider, period, used::float8 AS used, most::float8 AS limit,
  room::float8 AS room
FROM shown WHERE used * 100 >= ${LOWEST_PERCENT}::int * (used + room)`;
  return writeNotices(db, states.flatMap(allowanceNotices));
}

/** Checks all holds that ended since the last run; returns how many notices were new. */
export async function findUseNotices(
  prisma: PrismaClient,
  retiring: RetiringModel[] = [],
  page = HOLDS_A_PAGE,
): Promise<number> {
  // Asked before the holds are read: a hold that is pending now is read again after it has ended.
  const pending = await oldestPending(prisma);
  let after = await whereToBegin(prisma);
  let found = 0;
  for (;;) {
    const { last, holds, touched, retired } = await readPage(prisma, after, page, retiring);
    if (last === null) return found;
    found += await writeAllowanceNotices(prisma, touched);
    found += await writeNotices(prisma, retired.map(retiringNotice));
    await advance(prisma, lowest(last, pending, uuidv7()));
    if (holds < page) return found;
    after = last;
  }
}

interface Page {
  /** The id of the last hold; null where there is none. */
  last: string | null;
  holds: number;
  touched: Touched[];
  retired: UseOfRetiring[];
}

async function readPage(
  prisma: PrismaClient,
  after: string,
  most: number,
  retiring: RetiringModel[],
): Promise<Page> {
  // Before the table is analysed, the planner would read and sort all of it to find its last rows.
  const [, [page]] = await prisma.$transaction([
    prisma.$executeRaw`SET LOCAL enable_seqscan = off`,
    prisma.$queryRaw<[Page]>`
WITH recent AS MATERIALIZED (
  SELECT id, license_id, period, ${HOLD_QUOTA} AS provider, model, state FROM hold WHERE id > ${after}::uuid
  ORDER BY id LIMIT ${most}::int
),
touched AS (
  SELECT DISTINCT license_id, period, provider FROM recent WHERE state = 'posted'
),
retiring AS MATERIALIZED (
  SELECT * FROM json_to_recordset(${JSON.stringify(retiring)}::json) AS each(model text,
    retires_at date)
  WHERE retires_at BETWEEN sahm_now()::date AND sahm_now()::date + ${RETIRING_DAYS}::int
),
retired AS (
  SELECT DISTINCT license_id, (SELECT plan FROM license WHERE license.id = license_id) AS plan, model,
    retires_at::text FROM recent JOIN retiring USING (model) WHERE state = 'posted'
)
SELECT (SELECT id::text FROM recent ORDER BY id DESC LIMIT 1) AS last,
  (SELECT count(*)::int FROM recent) AS holds,
  (SELECT coalesce(json_agg(touched), '[]') FROM touched) AS touched,
  (SELECT coalesce(json_agg(retired), '[]') FROM retired) AS retired`,
  ]);
  return page;
}

async function oldestPending(prisma: PrismaClient): Promise<string | null> {
  // Materialized, so that the small index of pending holds is read and not the whole table in order.
  const [row] = await prisma.$queryRaw<Array<{ id: string }>>`
    WITH pending AS MATERIALIZED (SELECT id FROM hold WHERE ended_at IS NULL)
    SELECT id::text FROM pending ORDER BY id LIMIT 1`;
  return row?.id ?? null;
}

async function whereToBegin(prisma: PrismaClient): Promise<string> {
  const [cursor] = await prisma.$queryRaw<Array<{ after: string }>>`
    SELECT after::text FROM notice_cursor WHERE name = ${CURSOR}`;
  if (cursor) return cursor.after;
  const [newest] = await prisma.$queryRaw<Array<{ id: string }>>`
    SELECT id::text FROM hold ORDER BY id DESC LIMIT 1`;
  return newest ? earlier(newest.id, FIRST_LOOK_MS) : LOWEST_ID;
}

/** Never moves back: another process may have read further in the meantime. */
async function advance(prisma: PrismaClient, lookedAt: string): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO notice_cursor (name, after) VALUES (${CURSOR}, ${earlier(lookedAt, MARGIN_MS)}::uuid)
    ON CONFLICT (name) DO UPDATE SET after = greatest(notice_cursor.after, excluded.after)`;
}

function lowest(last: string, pending: string | null, own: string): string {
  return [last, pending ?? last, own].sort()[0] as string;
}

/** The lowest id of version 7 that is this much older, by the clock that made the id. */
function earlier(id: string, byMs: number): string {
  const madeAtMs = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  const hex = Math.max(0, madeAtMs - byMs)
    .toString(16)
    .padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}${LOWEST_ID.slice(13)}`;
}
