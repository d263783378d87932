// Licenses as administrators see them: one by id, or pages of them.

import type { LicenseState } from '../domain/license.js';
import { type Refusal, refuse } from '../domain/refusal.js';
import { STATE_NOW } from './entitlements.js';
import { Prisma } from './generated/client.js';
import { dateOrNull, millisecondsSql } from './instants.js';
import type { Queryable } from './ledger/sql.js';

export interface LicenseDetails {
  id: string;
  plan: string;
  status: LicenseState;
  email: string;
  /** Of the current key. */
  keyPrefix: string;
  keyLast4: string;
  createdAt: Date;
  expiresAt: Date | null;
  note: string;
}

export interface LicenseFilter {
  email?: string | undefined;
  status?: LicenseState | undefined;
  plan?: string | undefined;
  /** The `nextCursor` of the page before. */
  cursor?: string | undefined;
  /** Licenses a page, at least 1. */
  limit: number;
}

export interface LicensePage {
  kind: 'page';
  /** Newest first. */
  licenses: LicenseDetails[];
  nextCursor: string | null;
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
  note: string;
}

const CREATED_AT = Prisma.sql`license.created_at`;
const SELECT_DETAILS = Prisma.sql`
SELECT license.id, license.plan, ${STATE_NOW} AS status, account.email,
  current_key.prefix AS key_prefix, current_key.last4 AS key_last4,
  ${millisecondsSql(CREATED_AT)} AS created_at,
  (extract(epoch FROM ${CREATED_AT}) * 1000000)::bigint AS created_at_us,
  ${millisecondsSql(Prisma.sql`license.expires_at`)} AS expires_at, license.note
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

/** The license of any of its keys, also of one that is no longer valid. */
export async function readDetailsByDigest(
  db: Queryable,
  digest: Uint8Array,
): Promise<LicenseDetails | null> {
  const [row] = await db.$queryRaw<DetailsRow[]>`${SELECT_DETAILS}
    WHERE license.id = (SELECT license_id FROM license_key WHERE digest = ${digest})`;
  return row ? detailsOf(row) : null;
}

/** One page; the cursor is the place of its last license, so that new licenses shift nothing. */
export async function listDetails(
  db: Queryable,
  filter: LicenseFilter,
): Promise<LicensePage | Refusal> {
  const { email, status, plan, cursor, limit } = filter;
  const conditions = [Prisma.sql`true`];
  if (email !== undefined) {
    conditions.push(
      Prisma.sql`license.account_id = (SELECT id FROM account WHERE email = ${email.toLowerCase()})`,
    );
  }
  if (status !== undefined) conditions.push(Prisma.sql`${STATE_NOW} = ${status}`);
  if (plan !== undefined) conditions.push(Prisma.sql`license.plan = ${plan.toLowerCase()}`);
  if (cursor !== undefined) {
    const place = readCursor(cursor);
    if (!place) return refuseCursor();
    conditions.push(Prisma.sql`(license.created_at, license.id) <
      (timestamptz 'epoch' + ${place.createdAtUs} * interval '1 microsecond', ${place.id}::uuid)`);
  }
  const rows = await db.$queryRaw<DetailsRow[]>`${SELECT_DETAILS}
    WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY license.created_at DESC, license.id DESC LIMIT ${limit + 1}`;
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const nextCursor = rows.length > limit && last ? writeCursor(last) : null;
  return { kind: 'page', licenses: page.map(detailsOf), nextCursor };
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
    note: row.note,
  };
}

/** Microseconds, as the database keeps them: a page must not begin twice within one millisecond. */
function writeCursor(row: DetailsRow): string {
  return Buffer.from(`${row.created_at_us}.${row.id}`).toString('base64url');
}

function readCursor(cursor: string): { createdAtUs: bigint; id: string } | null {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const parts = /^(\d{1,16})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(text);
  if (!parts) return null;
  const [, createdAtUs = '', id = ''] = parts;
  return { createdAtUs: BigInt(createdAtUs), id };
}

function refuseCursor(): Refusal {
  const parameters = { field: 'cursor', expected: 'the next_cursor of a page' };
  return refuse('invalid_request', 'field_invalid', parameters, { field: 'cursor' });
}
