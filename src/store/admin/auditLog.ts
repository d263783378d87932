// Reads the audit log for administrators; audit.ts writes it.

import { millisecondsSql } from '../database/instants.js';
import type { PrismaClient } from '../generated/client.js';
import { Prisma } from '../generated/client.js';

export interface AuditEntryView {
  id: string;
  at: Date;
  actor: string;
  address: string;
  action: string;
  subject: string;
  before: unknown;
  after: unknown;
}

export interface AuditLog {
  /** Newest first. `cursor`: the id of the last entry of the previous page. */
  list(filter: {
    subject?: string | undefined;
    action?: string | undefined;
    cursor?: string | undefined;
    limit: number;
  }): Promise<{ entries: AuditEntryView[]; nextCursor: string | null }>;
}

export function createAuditLog(prisma: PrismaClient): AuditLog {
  return {
    async list({ subject, action, cursor, limit }) {
      const conditions = [
        Prisma.sql`true`,
        ...(subject === undefined ? [] : [Prisma.sql`subject = ${subject}`]),
        ...(action === undefined ? [] : [Prisma.sql`action = ${action}`]),
        ...(cursor === undefined ? [] : [Prisma.sql`id < ${BigInt(cursor)}`]),
      ];
      const rows = await prisma.$queryRaw<
        Array<Omit<AuditEntryView, 'id' | 'at'> & { id: bigint; ms: number }>
      >`
        SELECT id, ${millisecondsSql(Prisma.sql`at`)} AS ms, actor, address, action, subject, before,
          after
        FROM audit_entry WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY id DESC LIMIT ${limit + 1}`;
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const entries = page.map(({ id, ms, ...rest }) => ({
        id: String(id),
        at: new Date(ms),
        ...rest,
      }));
      return { entries, nextCursor: rows.length > limit && last ? String(last.id) : null };
    },
  };
}
