// Grants as they are shown.

import type { GrantStatus, Lasts } from '../../domain/grant.js';
import type { QuotaKey } from '../../domain/provider.js';
import { dateOrNull, millisecondsSql } from '../database/instants.js';
import type { Queryable } from '../database/queries.js';
import { Prisma } from '../generated/client.js';
import { clockSql, monthEndsSql } from '../ledger/sql.js';

export interface GrantView {
  id: string;
  /** Null where units were given without one. */
  product: string | null;
  provider: QuotaKey;
  units: number;
  /** For `month` and `subscription` grants, all that they give: it is used up in the month's own bucket. */
  remaining: number;
  lasts: Lasts;
  status: GrantStatus;
  /** `administrator`, or the shop and its order line. */
  source: string;
  createdAt: Date;
  /** When what is left of it is taken back; null: never. */
  expiresAt: Date | null;
}

/** The grant of an id that there is. */
export async function readGrant(db: Queryable, id: string, timeZone: string): Promise<GrantView> {
  const [row] = await db.$queryRaw<GrantRow[]>`
    ${selectGrants(timeZone)} WHERE pack.id = ${id}::uuid`;
  return viewOf(row as GrantRow);
}

/** All grants of a license, or the one that is asked for. */
export async function readGrants(
  db: Queryable,
  licenseId: string,
  timeZone: string,
  grantId?: string,
): Promise<GrantView[]> {
  const one = grantId === undefined ? Prisma.empty : Prisma.sql`AND pack.id = ${grantId}::uuid`;
  const rows = await db.$queryRaw<GrantRow[]>`${selectGrants(timeZone)}
    WHERE pack.license_id = ${licenseId}::uuid ${one} ORDER BY pack.created_at, pack.id`;
  return rows.map(viewOf);
}

interface GrantRow {
  id: string;
  product_id: string | null;
  provider: QuotaKey;
  units: bigint;
  remaining: bigint;
  lasts: Lasts;
  status: GrantStatus;
  source: string;
  created_at: number;
  expires_at: number | null;
}

function selectGrants(timeZone: string): Prisma.Sql {
  return Prisma.sql`
SELECT pack.id, pack.product_id, pack.provider, pack.units, pack.lasts, pack.source, status.name AS status,
  CASE WHEN status.name IN ('active', 'waiting') THEN pack.entitled - pack.used ELSE 0 END AS remaining,
  ${millisecondsSql(Prisma.sql`pack.created_at`)} AS created_at,
  ${millisecondsSql(Prisma.sql`pack.expires_at`)} AS expires_at
FROM license_grant pack
CROSS JOIN (${clockSql(timeZone)}) clock
CROSS JOIN LATERAL (SELECT CASE
  WHEN pack.state NOT IN ('active', 'waiting') THEN pack.state
  WHEN pack.expires_at <= clock.now THEN 'expired'
  WHEN ${monthEndsSql(Prisma.sql`pack.period`, timeZone)} <= extract(epoch FROM clock.now) THEN 'expired'
  WHEN pack.entitled <= pack.used THEN 'used'
  ELSE pack.state END AS name) status`;
}

function viewOf(row: GrantRow): GrantView {
  return {
    id: row.id,
    product: row.product_id,
    provider: row.provider,
    units: Number(row.units),
    remaining: Number(row.remaining),
    lasts: row.lasts,
    status: row.status,
    source: row.source,
    createdAt: new Date(row.created_at),
    expiresAt: dateOrNull(row.expires_at),
  };
}
