// Reads the audit log for administrators; audit.ts writes it.

import type { Page, PageQuery } from '../../domain/page.js';
import { millisecondsSql } from '../database/instants.js';
import { readPage } from '../database/paging.js';
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

export interface AuditFilter extends PageQuery {
  subject?: string | undefined;
  action?: string | undefined;
}

export interface AuditLog {
  /** Newest first. */
  list(filter: AuditFilter): Promise<Page<AuditEntryView>>;
}

type AuditRow = Omit<AuditEntryView, 'id' | 'at'> & { id: bigint; ms: number };

export function createAuditLog(prisma: PrismaClient): AuditLog {
  return {
    async list({ subject, action, cursor, limit }) {
      const conditions = [
        Prisma.sql`true`,
        ...(subject === undefined ? [] : [Prisma.sql`subject = ${subject}`]),
        ...(action === undefined ? [] : [Prisma.sql`action = ${action}`]),
        ...(cursor === undefined ? [] : [Prisma.sql`id < ${BigInt(cursor)}`]),
      ];
      return readPage(
        limit,
        most => prisma.$queryRaw<AuditRow[]>`
        SELECT id, ${millisecondsSql(Prisma.sql`at`)} AS ms, actor, address, action, subject, before,
          after
        FROM audit_entry WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY id DESC LIMIT ${most}`,
        row => String(row.id),
        ({ id, ms, ...rest }) => ({ id: String(id), at: new Date(ms), ...rest }),
      );
    },
  };
}
