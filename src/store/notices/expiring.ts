// Finds licenses that end soon: once within the last seven days, and once within the last day. A new expiry
// is told anew. A license that had only a day from the start is told once.

import type { NewNotice } from '../../domain/notice.js';
import { inBatches } from '../database/batches.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { writeNotices } from './write.js';

/** Returns how many notices were new. */
export function writeExpiryNotices(prisma: PrismaClient, most: number): Promise<number> {
  return inBatches(most, async limit => writeNotices(prisma, await findExpiring(prisma, limit)));
}

const DAYS_LEFT = Prisma.sql`CASE WHEN expires_at <= sahm_now() + interval '1 day' THEN 1 ELSE 7 END`;
const EXPIRY = Prisma.sql`to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const SUBJECT = Prisma.sql`${EXPIRY} || ' ' || ${DAYS_LEFT}`;

async function findExpiring(prisma: PrismaClient, limit: number): Promise<NewNotice[]> {
  const rows = await prisma.$queryRaw<
    Array<{ id: string; plan: string; expires_at: string; days_left: number; subject: string }>
  >`SELECT id, plan, ${EXPIRY} AS expires_at, ${DAYS_LEFT} AS days_left, ${SUBJECT} AS subject
    FROM license WHERE state = 'active' AND expires_at > sahm_now()
      AND expires_at <= sahm_now() + interval '7 days'
      AND NOT EXISTS (SELECT FROM license_notice told WHERE told.license_id = license.id
        AND told.kind = 'license_expiring' AND told.subject = ${SUBJECT})
    LIMIT ${limit}::int`;
  return rows.map(({ id: licenseId, subject, ...details }) => {
    return { kind: 'license_expiring', licenseId, subject, details, mails: true };
  });
}
