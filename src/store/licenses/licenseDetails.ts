// Licenses as administrators see them: one by id, or pages of them.

import type { End } from '../../domain/end.js';
import type { LicenseState } from '../../domain/license.js';
import { type Page, type PageQuery, refuseCursor } from '../../domain/page.js';
import type { Refusal } from '../../domain/refusal.js';
import { SELLERS } from '../../domain/shop.js';
import { readEnd } from '../database/ends.js';
import { dateOrNull, instantSql, millisecondsSql } from '../database/instants.js';
import { readPage, readPlace, writePlace } from '../database/paging.js';
import type { Queryable } from '../database/queries.js';
import { Prisma } from '../generated/client.js';
import { IS_DUE } from './endings.js';
import { LENT_UNTIL, PLAN_AFTER, PLAN_EXPIRY, PLAN_NOW, STATE_NOW } from './entitlements.js';
import { type FoundKey, findKeyByDigest, findKeysByParts, inPrefix } from './foundKeys.js';
import { LICENSE_OF_KEY } from './keyRows.js';
import { LIMIT_ROWS, type LimitRows, limitsFrom, type ShownLimits } from './licenseLimits.js';

export interface LicenseDetails extends ShownLimits {
  id: string;
  plan: string;
  status: LicenseState;
  email: string;
  /** Of the current key. */
  keyPrefix: string;
  keyLast4: string;
  createdAt: Date;
  expiresAt: Date | null;
  /** Until when the plan was given by an administrator, and the plan after it; null where it is the license's own. */
  planUntil: Date | null;
  planAfter: string | null;
  note: string;
  /** Requests a minute; null means no limit. */
  rateLimit: number | null;
  /** Requests at once; null likewise. */
  concurrency: number | null;
  /** Something that was given for a time is over, and that is not written yet. */
  isDue: boolean;
}

/** With the keys of the license by which it was found. */
export interface FoundLicense extends LicenseDetails {
  foundBy: FoundKey[];
}

export interface LicenseFilter extends PageQuery {
  email?: string | undefined;
  status?: LicenseState | undefined;
  plan?: string | undefined;
  /** The beginning of a key, from `sahm_live_` on, as far as it is shown: at most 14 characters. */
  keyPrefix?: string | undefined;
  keyLast4?: string | undefined;
  /** An order of any shop. */
  order?: string | undefined;
  /** The license ends then or earlier. */
  expiresBy?: End | undefined;
}

interface DetailsRow {
  id: string;
  plan: string;
  status: LicenseState;
  email: string;
  key_prefix: string;
  key_last4: string;
  created_at: number;
  created_at_us: bigint;
  expires_at: number | null;
  plan_until: number | null;
  plan_after: string | null;
  note: string;
  limits: LimitRows;
  rate_limit: number | null;
  concurrency: number | null;
  is_due: boolean;
}

/** More than any buyer has. */
const MOST_OF_ACCOUNT = 1_000;

const CREATED_AT = Prisma.sql`license.created_at`;
const SELECT_DETAILS = Prisma.sql`
SELECT license.id, ${PLAN_NOW} AS plan, ${STATE_NOW} AS status, account.email,
  current_key.prefix AS key_prefix, current_key.last4 AS key_last4,
  ${millisecondsSql(CREATED_AT)} AS created_at,
  (extract(epoch FROM ${CREATED_AT}) * 1000000)::bigint AS created_at_us,
  ${millisecondsSql(PLAN_EXPIRY)} AS expires_at, ${millisecondsSql(LENT_UNTIL)} AS plan_until,
  ${PLAN_AFTER} AS plan_after, license.note, ${LIMIT_ROWS} AS limits, rate_limit, concurrency,
  ${IS_DUE} AS is_due
FROM license
JOIN account ON account.id = license.account_id
CROSS JOIN LATERAL (
  SELECT prefix, last4 FROM license_key WHERE license_key.license_id = license.id
  ORDER BY valid_until DESC NULLS FIRST, created_at DESC LIMIT 1
) current_key`;

export async function readDetails(
  db: Queryable,
  licenseId: string,
): Promise<LicenseDetails | null> {
  const [row] = await db.$queryRaw<DetailsRow[]>`
    ${SELECT_DETAILS} WHERE license.id = ${licenseId}::uuid`;
  return row ? detailsOf(row) : null;
}

export async function readDetailsOfAccount(
  db: Queryable,
  accountId: string,
): Promise<LicenseDetails[]> {
  const rows = await db.$queryRaw<DetailsRow[]>`
    ${SELECT_DETAILS} WHERE license.account_id = ${accountId}::uuid
    ORDER BY license.created_at, license.id LIMIT ${MOST_OF_ACCOUNT}`;
  return rows.map(detailsOf);
}

/** The license of any of its keys, also of one that is no longer valid. */
export async function readDetailsByDigest(
  db: Queryable,
  digest: Uint8Array,
): Promise<FoundLicense | null> {
  const foundBy = await findKeyByDigest(db, digest);
  const license = foundBy[0] ? await readDetails(db, foundBy[0].licenseId) : null;
  return license && { ...license, foundBy };
}

/** Newest first. */
export async function listDetails(
  db: Queryable,
  filter: LicenseFilter,
  timeZone: string,
): Promise<Page<FoundLicense> | Refusal> {
  const { cursor, limit, keyPrefix, keyLast4 } = filter;
  const end = await readEnd(db, filter.expiresBy, timeZone);
  const place = readPlace(cursor, UUID);
  if (place === 'bad cursor') return refuseCursor();
  const conditions = [
    Prisma.sql`true`,
    ...conditionsOf(filter),
    ...(end ? [Prisma.sql`license.expires_at <= ${instantSql(end)}`] : []),
    ...(place
      ? [Prisma.sql`(license.created_at, license.id) < (${place.at}, ${place.name}::uuid)`]
      : []),
  ];
  const page = await readPage(
    limit,
    most => db.$queryRaw<DetailsRow[]>`${SELECT_DETAILS}
    WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY license.created_at DESC, license.id DESC LIMIT ${most}`,
    row => writePlace({ us: row.created_at_us, name: row.id }),
    detailsOf,
  );
  const ids = page.rows.map(({ id }) => id);
  const isByKey = (keyPrefix ?? keyLast4) !== undefined;
  const keys = isByKey ? await findKeysByParts(db, ids, { keyPrefix, keyLast4 }) : [];
  const rows = page.rows.map(license => {
    return { ...license, foundBy: keys.filter(({ licenseId }) => licenseId === license.id) };
  });
  return { ...page, rows };
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function conditionsOf(filter: LicenseFilter): Prisma.Sql[] {
  const { email, status, plan, keyPrefix, keyLast4, order } = filter;
  const conditions: Prisma.Sql[] = [];
  if (email !== undefined) {
    conditions.push(
      Prisma.sql`license.account_id = (SELECT id FROM account WHERE email = ${email.toLowerCase()})`,
    );
  }
  if (status !== undefined) conditions.push(STATUS_CONDITIONS[status]);
  if (plan !== undefined) conditions.push(Prisma.sql`license.plan = ${plan.toLowerCase()}`);
  if (keyPrefix !== undefined) {
    conditions.push(
      Prisma.sql`license.id IN (SELECT ${LICENSE_OF_KEY} FROM license_key WHERE ${inPrefix(keyPrefix)})`,
    );
  }
  if (keyLast4 !== undefined) {
    conditions.push(
      Prisma.sql`license.id IN (SELECT ${LICENSE_OF_KEY} FROM license_key WHERE last4 = ${keyLast4})`,
    );
  }
  if (order !== undefined) conditions.push(ofOrder(order));
  return conditions;
}

/** As STATE_NOW, said so that an index finds them. */
const STATUS_CONDITIONS: Record<LicenseState, Prisma.Sql> = {
  active: Prisma.sql`license.state = 'active'
    AND (license.expires_at IS NULL OR license.expires_at > sahm_now())`,
  suspended: Prisma.sql`license.state = 'suspended'`,
  revoked: Prisma.sql`license.state = 'revoked'`,
  expired: Prisma.sql`(license.state = 'expired'
    OR license.state = 'active' AND license.expires_at <= sahm_now())`,
};

/** The licenses that an order bought something for, whatever the shop. */
function ofOrder(order: string): Prisma.Sql {
  return Prisma.sql`license.id IN (
    SELECT license_id FROM purchase_order WHERE order_id = ${order} AND license_id IS NOT NULL
    UNION ALL
    SELECT license_id FROM purchase_order WHERE shop = ANY (${[...SELLERS]}) AND part_of = ${order}
      AND license_id IS NOT NULL)`;
}

function detailsOf(row: DetailsRow): LicenseDetails {
  return {
    id: row.id,
    plan: row.plan,
    status: row.status,
    email: row.email,
    keyPrefix: row.key_prefix,
    keyLast4: row.key_last4,
    createdAt: new Date(row.created_at),
    expiresAt: dateOrNull(row.expires_at),
    planUntil: dateOrNull(row.plan_until),
    planAfter: row.plan_after,
    note: row.note,
    ...limitsFrom(row.limits),
    rateLimit: row.rate_limit,
    concurrency: row.concurrency,
    isDue: row.is_due,
  };
}
