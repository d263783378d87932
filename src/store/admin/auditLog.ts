// Reads the audit log for administrators; audit.ts writes it.

import type { AuditedAction } from '../../domain/auditedAction.js';
import type { Page, PageQuery } from '../../domain/page.js';
import { millisecondsSql } from '../database/instants.js';
import { readPage } from '../database/paging.js';
import type { PrismaClient } from '../generated/client.js';
import { Prisma } from '../generated/client.js';
import { LICENSE_OF_KEY } from '../licenses/keyRows.js';
import { type Within, withinSql } from '../reports/requestFilter.js';
import { licenseSubject } from './audit.js';

export interface AuditEntryView {
  id: string;
  at: Date;
  actor: string;
  address: string;
  action: string;
  subject: string;
  /** The present address of the license's buyer, or of the administrator that was changed. */
  email: string | null;
  before: unknown;
  after: unknown;
}

export interface AuditFilter extends PageQuery, Within {
  /** The subject in the log; or a license's id or a buyer's e-mail address, for changes of licenses. */
  subject?: string | undefined;
  license?: string | undefined;
  /** The address of a buyer, for the changes of all the account's licenses; or of an administrator. */
  email?: string | undefined;
  /** The parts of a license key that are shown. The key need not be valid any more. */
  keyPrefix?: string | undefined;
  keyLast4?: string | undefined;
  /** Who made the change: an administrator's e-mail address, `system`, `holder`. */
  actor?: string | undefined;
  action?: AuditedAction | undefined;
}

export interface AuditLog {
  /** Newest first. */
  list(filter: AuditFilter): Promise<Page<AuditEntryView>>;
}

type AuditRow = Omit<AuditEntryView, 'id' | 'at'> & { id: bigint; ms: number };

export function createAuditLog(prisma: PrismaClient, timeZone: string): AuditLog {
  return {
    async list({ action, actor, from, to, cursor, limit, ...filter }) {
      const conditions = [
        Prisma.sql`true`,
        ...subjectConditions(filter),
        ...(actor === undefined ? [] : [actorSql(actor.toLowerCase())]),
        ...withinSql({ from, to }, Prisma.sql`at`, timeZone),
        ...(action === undefined ? [] : [Prisma.sql`action = ${action}`]),
        ...(cursor === undefined ? [] : [Prisma.sql`id < ${BigInt(cursor)}`]),
      ];
      return readPage(
        limit,
        most => prisma.$queryRaw<AuditRow[]>`
        SELECT id, ${millisecondsSql(Prisma.sql`at`)} AS ms, actor, address, action, subject,
          ${EMAIL_OF_SUBJECT} AS email, before, after
        FROM audit_entry WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY id DESC LIMIT ${most}`,
        row => String(row.id),
        ({ id, ms, ...rest }) => ({ id: String(id), at: new Date(ms), ...rest }),
      );
    },
  };
}

/** A CASE, because the ids of other subjects are no UUIDs. */
const EMAIL_OF_SUBJECT = Prisma.sql`CASE
  WHEN subject ~ '^license:[0-9a-f-]{36}$' THEN (
    SELECT account.email FROM license JOIN account ON account.id = license.account_id
    WHERE license.id = substr(subject, 9)::uuid)
  WHEN subject ~ '^administrator:[0-9a-f-]{36}$' THEN (
    SELECT administrator.email FROM administrator
    WHERE administrator.id = substr(subject, 15)::uuid) END`;

/** What an administrator did by an API token is the administrator's own too. */
function actorSql(actor: string): Prisma.Sql {
  return Prisma.sql`(actor = ${actor} OR administrator_id = (
    SELECT id FROM administrator WHERE email = ${actor}))`;
}

function subjectConditions({
  subject,
  license,
  email,
  keyPrefix,
  keyLast4,
}: Omit<AuditFilter, 'action' | 'actor' | 'from' | 'to' | 'cursor' | 'limit'>): Prisma.Sql[] {
  const ids = (license: Prisma.Sql) => Prisma.sql`subject = ANY (ARRAY(${license}))`;
  return [
    ...(subject === undefined ? [] : [Prisma.sql`subject = ${subject}`]),
    ...(license === undefined ? [] : [Prisma.sql`subject = ${licenseSubject(license)}`]),
    ...(email === undefined
      ? []
      : [
          ids(Prisma.sql`
        SELECT 'license:' || license.id FROM license JOIN account ON account.id = license.account_id
        WHERE account.email = ${email.toLowerCase()}
        UNION ALL
        SELECT 'administrator:' || id FROM administrator WHERE email = ${email.toLowerCase()}`),
        ]),
    ...(keyPrefix === undefined && keyLast4 === undefined
      ? []
      : [
          ids(Prisma.sql`
        SELECT 'license:' || ${LICENSE_OF_KEY} FROM license_key
        WHERE ${keyLast4 === undefined ? Prisma.sql`true` : Prisma.sql`last4 = ${keyLast4}`}
          AND ${keyPrefix === undefined ? Prisma.sql`true` : Prisma.sql`starts_with(prefix, ${keyPrefix})`}`),
        ]),
  ];
}
