// The rows of redemption codes.

import type { CodeState } from '../../domain/redemptionCode.js';
import { dateOrNull, millisecondsSql } from '../database/instants.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';

export interface CodeView {
  id: string;
  product: string;
  state: CodeState;
  /** The license that it was redeemed for. */
  licenseId: string | null;
  createdAt: Date;
  expiresAt: Date | null;
  usedAt: Date | null;
  note: string;
}

export interface CodeRow {
  id: string;
  product_id: string;
  state: CodeState;
  license_id: string | null;
  created_at: number;
  expires_at: number | null;
  used_at: number | null;
  note: string;
}

export const CODE_COLUMNS = Prisma.sql`id, product_id, CASE WHEN used_at IS NOT NULL THEN 'used'
    WHEN withdrawn_at IS NOT NULL THEN 'withdrawn'
    WHEN expires_at <= sahm_now() THEN 'expired' ELSE 'open' END AS state, license_id,
  ${millisecondsSql(Prisma.sql`created_at`)} AS created_at,
  ${millisecondsSql(Prisma.sql`expires_at`)} AS expires_at,
  ${millisecondsSql(Prisma.sql`used_at`)} AS used_at, note`;

export interface LockedCode extends CodeView {
  /** The database's time. */
  now: Date;
}

/** Who comes at the same time waits here, and finds the code as it is then. */
export async function lockCode(
  transaction: Transaction,
  condition: Prisma.Sql,
): Promise<LockedCode | null> {
  const [row] = await transaction.$queryRaw<Array<CodeRow & { now: number }>>`
    SELECT ${CODE_COLUMNS}, ${millisecondsSql(Prisma.sql`sahm_now()`)} AS now
    FROM redemption_code WHERE ${condition} FOR UPDATE`;
  return row ? { ...codeFrom(row), now: new Date(row.now) } : null;
}

export function codeFrom(row: CodeRow): CodeView {
  return {
    id: row.id,
    product: row.product_id,
    state: row.state,
    licenseId: row.license_id,
    createdAt: new Date(row.created_at),
    expiresAt: dateOrNull(row.expires_at),
    usedAt: dateOrNull(row.used_at),
    note: row.note,
  };
}

/** In the audit log: of its making, its withdrawal and its redemption. */
export function codeSubject(id: string): string {
  return `code:${id}`;
}
